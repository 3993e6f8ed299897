// Returns of a signed-in shopper: by GraphQL, and by REST for pages without GraphQL.

const RETURN = "returnId orderId status refund currency reason lines { productId quantity received restocked }";

export class Returns {
  /** `shop` is a Shop with the shopper's ID token, `returnsUrl` that of `make config`. */
  constructor(shop, { returnsUrl }) {
    Object.assign(this, { shop, url: returnsUrl });
  }

  /** `lines` are `{ productId, quantity, reason }`. The same `clientToken` answers the same return. */
  request(orderId, lines, clientToken) {
    const query = `mutation R($input: RequestReturnInput!) { requestReturn(input: $input) { ${RETURN} } }`;
    return this.shop.ask(query, { input: { orderId, lines, clientToken } });
  }

  ofOrder(orderId) {
    return this.shop.ask(`query R($orderId: ID!) { getReturns(orderId: $orderId) { ${RETURN} } }`, { orderId });
  }

  cancel(returnId) {
    return this.shop.ask(`mutation R($returnId: ID!) { cancelReturn(returnId: $returnId) { ${RETURN} } }`, { returnId });
  }

  /** By REST. The id of a return that is not checked yet: `find` shows whether it is REQUESTED, or REFUSED and why. */
  async put(orderId, lines, clientToken) {
    const headers = { Authorization: this.shop.token, "Content-Type": "application/json" };
    const body = JSON.stringify({ orderId, lines });
    const response = await fetch(`${this.url}/returns/${clientToken}`, { method: "PUT", headers, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    return answer.returnId;
  }

  /** By REST. null for some seconds after `put`. */
  async find(clientToken) {
    const headers = { Authorization: this.shop.token };
    const response = await fetch(`${this.url}/returns/${clientToken}`, { headers });
    if (response.status === 404) return null;
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    return answer;
  }
}
