// The page: forms call `Cognito` and `Shop`, answers are shown as text. Tokens stay in memory.
import { Cognito } from "./cognito.js";
import { Shop } from "./shop.js";

const at = (id) => document.getElementById(id);
const value = (id) => at(id).value.trim();
const show = (id, words) => (at(id).textContent = words);

const config = await readConfig();
const money = (minor) => (minor / 10 ** config.currencyDecimals).toFixed(config.currencyDecimals);
const cognito = new Cognito(config);
const shop = new Shop(config);
const cart = new Map();
let order, purchase, nextToken;

async function readConfig() {
  const response = await fetch("config.json");
  if (response.ok) return response.json();
  show("problem", "config.json is missing beside this page: `make -s config > docs/storefront/config.json`");
  throw new Error("no configuration");
}

/** Run an action for an event; its error is shown to the shopper. */
function on(id, event, action) {
  at(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    show("problem", "");
    try {
      await action();
    } catch (error) {
      show("problem", error.message);
    }
  });
}

function item(list, words, id = "") {
  const made = document.createElement("li");
  made.textContent = words;
  made.id = id;
  at(list).append(made);
  return made;
}

async function showProducts() {
  const page = await shop.products(nextToken);
  nextToken = page.nextToken;
  at("more").hidden = !nextToken;
  for (const product of page.products) {
    const button = document.createElement("button");
    button.textContent = "Add to cart";
    button.onclick = () => add(product);
    item("products", `${product.name}, ${money(product.price)} `, `product-${product.productId}`).append(button);
  }
}

function add(product) {
  const quantity = (cart.get(product.productId)?.quantity ?? 0) + 1;
  cart.set(product.productId, { ...product, quantity });
  at("cart").replaceChildren();
  for (const line of cart.values()) item("cart", `${line.quantity} x ${line.name}, ${money(line.price * line.quantity)}`);
  purchase = undefined; // the delivery must be priced again
}

on("more", "click", showProducts);
on("sign-up", "submit", async () => {
  const { CodeDeliveryDetails: sent } = await cognito.signUp(value("email"), at("password").value);
  show("account", `A code was sent to ${sent.Destination}.`);
});
on("confirm", "submit", async () => {
  await cognito.confirm(value("email"), value("code"));
  await signIn();
});
on("sign-in", "click", signIn);

async function signIn() {
  shop.token = await cognito.signIn(value("email"), at("password").value);
  show("account", `Signed in as ${value("email")}.`);
}

on("address", "submit", async () => {
  const address = {
    name: value("name"),
    streetAddress: value("street"),
    city: value("city"),
    country: value("country"),
    phoneNumber: value("phone"),
  };
  const products = [...cart.values()];
  const delivery = await shop.deliveryPrice(products, address);
  const total = delivery + products.reduce((sum, line) => sum + line.price * line.quantity, 0);
  purchase = { products, address, delivery, total, key: crypto.randomUUID() };
  show("total", `Delivery ${money(delivery)}, total ${money(total)}.`);
});

on("pay", "submit", async () => {
  if (!purchase) throw new Error("price the delivery first");
  // A second click uses the same payment token, and so gets the same order.
  purchase.token ??= await shop.hold(value("card"), purchase.total, purchase.key);
  order = await shop.order(purchase.products, purchase.address, purchase.delivery, purchase.token);
  showOrder(order);
  const changed = (change) => {
    showOrder(change);
    item("changes", `${change.status}, payment ${change.paymentStatus}`);
  };
  await shop.follow(order.orderId, changed, (error) => show("problem", error.message));
  showOrder(await shop.read(order.orderId)); // what changed before the subscription was open
  at("cancel").hidden = false;
});

function showOrder(found) {
  if (found.modifiedDate < order.modifiedDate) return; // an older change that arrived late
  order = found;
  show("order", `Order ${order.orderId}: ${order.status}, payment ${order.paymentStatus}.`);
}

on("cancel", "click", () => shop.cancel(order.orderId));
await showProducts();
