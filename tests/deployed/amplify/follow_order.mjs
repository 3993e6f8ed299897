// A storefront with aws-amplify: signs in, orders, and follows the order until its payment is void.
// Usage: node follow_order.mjs CONFIG.json EMAIL PASSWORD PRODUCT_ID. Prints one JSON document for each step.
import { readFileSync } from "node:fs";
import { Amplify } from "aws-amplify";
import { generateClient, post } from "aws-amplify/api";
import { signIn } from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";

const [configFile, username, password, productId] = process.argv.slice(2);
Amplify.configure(JSON.parse(readFileSync(configFile)));
const client = generateClient();
const print = (step) => console.log(JSON.stringify(step));

async function ask(query, variables, authMode = "userPool") {
  const { data } = await client.graphql({ query, variables, authMode });
  return Object.values(data)[0];
}

const product = await ask(
  "query P($id: ID!) { getProduct(productId: $id) { productId name price package { width length height weight } } }",
  { id: productId },
  "apiKey",
);
await signIn({ username, password });

const address = { name: "Jo", streetAddress: "1 Street", city: "Berlin", country: "DE", phoneNumber: "1" };
const products = [{ ...product, quantity: 1 }];
const { pricing } = await ask(
  "query D($input: DeliveryPricingInput!) { getDeliveryPricing(input: $input) { pricing } }",
  { input: { products, address } },
);
const card = { cardNumber: "4242424242424242", amount: product.price + pricing };
const paid = await post({ apiName: "payment", path: "/preauth", options: { body: card } }).response;
const { paymentToken } = await paid.body.json();
const created = await ask(
  "mutation C($order: CreateOrderRequest!) { createOrder(order: $order) { problems { code } order { orderId status } } }",
  { order: { products, address, deliveryPrice: pricing, paymentToken } },
);
print(created);
const { orderId } = created.order;

const subscribed = new Promise((resolve) => {
  Hub.listen("api", ({ payload }) => {
    if (payload.event === "Subscription ack") resolve();
  });
});
const followed = new Promise((resolve, reject) => {
  client
    .graphql({
      query: "subscription F($id: ID!) { onOrderChanged(orderId: $id) { orderId status paymentStatus } }",
      variables: { id: orderId },
      authMode: "userPool",
    })
    .subscribe({
      next: ({ data }) => {
        print(data);
        if (data.onOrderChanged.paymentStatus === "VOIDED") resolve();
      },
      error: reject,
    });
});
await Promise.race([subscribed, followed]);
await ask("mutation X($id: ID!) { cancelOrder(orderId: $id) { status } }", { id: orderId });
await followed;
process.exit(0);
