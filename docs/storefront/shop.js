// The shop's APIs: GraphQL with the API key or a shopper's token, the payment provider, live changes of an order.

const PRODUCT = "productId name price package { width length height weight }";
const ORDER = "orderId status paymentStatus modifiedDate";

export class Shop {
  constructor({ apiUrl, apiKey, paymentUrl }) {
    Object.assign(this, { url: apiUrl, key: apiKey, paymentUrl, token: "" });
  }

  async ask(query, variables = {}) {
    const caller = this.token ? { Authorization: this.token } : { "x-api-key": this.key };
    const headers = { "Content-Type": "application/json", ...caller };
    const response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors.map((error) => error.message).join("; "));
    return Object.values(data)[0];
  }

  products(nextToken = null) {
    return this.ask(`query P($nextToken: String) { getProducts(nextToken: $nextToken) { products { ${PRODUCT} } nextToken } }`, {
      nextToken,
    });
  }

  /** `products` are those of the catalogue, with the wanted `quantity`. */
  async deliveryPrice(products, address) {
    const query = "query D($input: DeliveryPricingInput!) { getDeliveryPricing(input: $input) { pricing } }";
    return (await this.ask(query, { input: { products, address } })).pricing;
  }

  /**
   * A payment token: the provider holds the amount on the card. The card number goes to the provider only.
   * After a lost answer, a repeat with the same random `key` gets the same token, and nothing is held twice.
   */
  async hold(cardNumber, amount, key) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const body = JSON.stringify({ cardNumber, amount });
    const response = await fetch(`${this.paymentUrl}/preauth`, { method: "POST", headers, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    return answer.paymentToken;
  }

  /** Send the same request again, with the same payment token, after a lost answer: it returns the same order. */
  async order(products, address, deliveryPrice, paymentToken) {
    const query = `mutation C($order: CreateOrderRequest!) {
      createOrder(order: $order) { problems { code message } order { ${ORDER} } } }`;
    const order = { products, address, deliveryPrice, paymentToken };
    const answer = await this.ask(query, { order });
    if (!answer.order) throw new Error(answer.problems.map((one) => one.message).join("; "));
    return answer.order;
  }

  read(orderId) {
    return this.ask(`query O($orderId: ID!) { getOrder(orderId: $orderId) { ${ORDER} } }`, { orderId });
  }

  cancel(orderId) {
    return this.ask("mutation X($orderId: ID!) { cancelOrder(orderId: $orderId) { status } }", { orderId });
  }

  /** Call `changed` with each change of the order. Resolves when the subscription is open. */
  follow(orderId, changed, failed) {
    const query = `subscription F($id: ID!) { onOrderChanged(orderId: $id) { ${ORDER} } }`;
    const authorization = { host: new URL(this.url).host, Authorization: this.token };
    const protocols = ["graphql-ws", `header-${base64url(JSON.stringify(authorization))}`];
    const socket = new WebSocket(realtimeUrl(this.url), protocols);
    const data = JSON.stringify({ query, variables: { id: orderId } });
    const start = { id: orderId, type: "start", payload: { data, extensions: { authorization } } };
    return new Promise((resolve) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
      socket.onclose = () => failed(new Error("the live connection has ended"));
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.type === "connection_ack") socket.send(JSON.stringify(start));
        else if (message.type === "start_ack") resolve();
        else if (message.type === "data") changed(message.payload.data.onOrderChanged);
        else if (message.type.endsWith("error")) failed(new Error(JSON.stringify(message.payload)));
      };
    });
  }
}

/** On AWS the real-time endpoint has a host of its own; custom domains and the local cloud have it below the path. */
function realtimeUrl(url) {
  const found = new URL(url);
  found.protocol = found.protocol === "https:" ? "wss:" : "ws:";
  if (found.host.includes(".appsync-api.")) found.host = found.host.replace("appsync-api", "appsync-realtime-api");
  else found.pathname += "/realtime";
  return found.href;
}

function base64url(plain) {
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
