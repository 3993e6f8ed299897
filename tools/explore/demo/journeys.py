"""The stories: each is a sequence of a shopper's and a clerk's requests, with the state in between."""

from collections.abc import Mapping
from typing import Any

from ecom.money import money
from ecom_client.graphql_types import Cart, Order
from ecom_client.journey import ADDRESS, Purchase
from ecom_client.polling import poll
from tools.explore.demo.people import Cast
from tools.explore.demo.story import Story

WANTED = {"demo-kettle": 2, "demo-lamp": 1}
ON_HAND = 10
# A delivery to this address costs something, so that the story shows a price.
HOME = {**ADDRESS, "city": "Berlin", "country": "DE"}
OUTAGE_SECONDS = 8
# The script leaves reading the ledger out, so that the story can print it.
CALLS_OF_PAYMENT = ("updateAmount", "processPayment", "cancelPayment")
LINE = ("productId", "name", "price", "quantity", "package")


def buy(cast: Cast, story: Story) -> Purchase:
    """The shopper fills the cart, prices the delivery, pays and checks out."""
    story.chapter("The clerk counts the stock, the shopper fills a cart and checks out")
    for product_id in WANTED:
        with story.step("clerk", "setStock") as step:
            counted = cast.clerk.stock(product_id)
            stock = cast.clerk.set_stock(product_id, ON_HAND + (counted["reserved"] if counted else 0))
            step.answer = f"{product_id}: {stock['available']} available"
    cart = _fill_cart(cast, story)
    products = [{name: value for name, value in line.items() if name in LINE} for line in cart["lines"]]
    currency = cart["currency"]
    with story.step("shopper", "getDeliveryPricing") as step:
        delivery = cast.shopper.delivery_price(products, HOME)
        step.answer = money(delivery, currency)
    total = cart["subtotal"] + delivery
    with story.step("shopper", "pays at the provider") as step:
        token = cast.shopper.hold(total)
        step.answer = f"{money(total, currency)} held"
    with story.step("shopper", "POST /checkout") as step:
        shown = {"deliveryPrice": delivery, "total": total, "cartVersion": cart["version"]}
        answer = cast.cart.check_out({"address": HOME, "paymentToken": token, **shown})
        if answer.status not in (200, 201):
            problems = answer.body.get("problems") or [answer.body]
            raise StoryEnded(f"the checkout is refused: {'; '.join(problem['message'] for problem in problems)}")
        accepted: Order = answer.body["order"]
        order: Purchase = {**accepted, "paymentToken": token}
        step.answer = f"order {order['orderId']}, {money(order['total'], currency)}"
    print_state(cast, story, order)
    poll(cast.cart.read, lambda cart: not cart["lines"], what="a cart without the ordered units")
    story.state("cart      empty: what was ordered has left it")
    return order


def pack(cast: Cast, story: Story, order: Purchase) -> None:
    story.chapter("The clerk packs it")
    order_id = order["orderId"]
    poll(lambda: cast.clerk.packaging(order_id), what="the packaging request")
    _act(story, "startPackaging", cast.clerk.start_packaging, order_id)
    _act(story, "completePackaging", cast.clerk.complete_packaging, order_id)
    cast.shopper.wait_for(order_id, status="PACKAGED")
    print_state(cast, story, order)


def deliver(cast: Cast, story: Story, order: Purchase) -> None:
    story.chapter("The clerk delivers it")
    order_id = order["orderId"]
    poll(lambda: cast.clerk.delivery(order_id), what="the delivery")
    _act(story, "startDelivery", cast.clerk.start_delivery, order_id)
    cast.shopper.wait_for(order_id, status="SHIPPED")
    print_state(cast, story, order)
    _act(story, "completeDelivery", cast.clerk.complete_delivery, order_id)
    cast.shopper.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
    print_state(cast, story, order)


def happy(cast: Cast, story: Story) -> Purchase:
    """A cart, its checkout, and the order until it is delivered."""
    order = buy(cast, story)
    pack(cast, story, order)
    deliver(cast, story, order)
    return order


def cancelled(cast: Cast, story: Story) -> Purchase:
    """The shopper changes their mind before packaging starts: the stock is free, the hold is void."""
    order = buy(cast, story)
    story.chapter("The shopper cancels")
    _act(story, "cancelOrder", cast.shopper.cancel, order["orderId"], who="shopper")
    cast.shopper.wait_for(order["orderId"], status="CANCELLED", paymentStatus="VOIDED")
    print_state(cast, story, order)
    return order


def partly_packaged(cast: Cast, story: Story) -> Purchase:
    """A lamp is broken: the order goes without it, and the shopper pays for what they get."""
    order = buy(cast, story)
    story.chapter("The clerk packs it, but the lamp is broken")
    order_id = order["orderId"]
    poll(lambda: cast.clerk.packaging(order_id), what="the packaging request")
    _act(story, "startPackaging", cast.clerk.start_packaging, order_id)
    with story.step("clerk", "updatePackagingProduct") as step:
        cast.clerk.pack_only(order_id, "demo-lamp", 0)
        step.answer = "demo-lamp: 0"
    _act(story, "completePackaging", cast.clerk.complete_packaging, order_id)
    cast.shopper.wait_for(order_id, status="PACKAGED")
    print_state(cast, story, order)
    deliver(cast, story, order)
    return order


def delivery_failed(cast: Cast, story: Story) -> Purchase:
    """The shopper is not at home: the package comes back, the shopper pays nothing."""
    order = buy(cast, story)
    pack(cast, story, order)
    story.chapter("The clerk tries to deliver it, but the shopper is not at home")
    order_id = order["orderId"]
    poll(lambda: cast.clerk.delivery(order_id), what="the delivery")
    _act(story, "startDelivery", cast.clerk.start_delivery, order_id)
    _act(story, "failDelivery", cast.clerk.fail_delivery, order_id)
    cast.shopper.wait_for(order_id, status="DELIVERY_FAILED", paymentStatus="VOIDED")
    print_state(cast, story, order)
    return order


def provider_down(cast: Cast, story: Story) -> Purchase:
    """The payment provider is down when the goods arrive: payment retries, and captures once."""
    order = buy(cast, story)
    pack(cast, story, order)
    story.chapter(f"The provider goes down for {OUTAGE_SECONDS} seconds; the clerk delivers meanwhile")
    order_id, token = order["orderId"], order["paymentToken"]
    poll(lambda: cast.clerk.delivery(order_id), what="the delivery")
    _act(story, "startDelivery", cast.clerk.start_delivery, order_id)
    with story.step("provider", "POST /scripts") as step:
        cast.provider.script("DOWN", token, operations=CALLS_OF_PAYMENT, seconds=OUTAGE_SECONDS)
        step.answer = "503 for each of payment's calls about this hold"
    _act(story, "completeDelivery", cast.clerk.complete_delivery, order_id)
    cast.shopper.wait_for(order_id, status="FULFILLED")
    print_state(cast, story, order)
    story.line("payment", "has stored what is due, and retries after 5, 10, 20 ... seconds")
    cast.shopper.wait_for(order_id, seconds=90, status="FULFILLED", paymentStatus="CAPTURED")
    story.chapter("The provider is back; payment needs no help")
    print_state(cast, story, order)
    return order


class StoryEnded(Exception):
    """The platform refused a step of the story; the message has the reason."""


def _act(story: Story, name: str, act: Any, order_id: str, who: str = "clerk") -> None:
    with story.step(who, name) as step:
        act(order_id)
        step.answer = "done"


def _fill_cart(cast: Cast, story: Story) -> Cart:
    """The cart with the wanted products alone."""
    left = [line["productId"] for line in cast.cart.read()["lines"] if line["productId"] not in WANTED]
    for product_id, quantity in {**dict.fromkeys(left, 0), **WANTED}.items():
        with story.step("shopper", "updateCart") as step:
            cart = cast.cart.put(product_id, quantity)
            step.answer = f"{quantity} x {product_id}, {money(cart['subtotal'], cart['currency'])} in all"
    return cart


def print_state(cast: Cast, story: Story, order: Purchase) -> None:
    """Print the order, the money and the stock."""
    now = cast.shopper.known(order["orderId"])
    ledger = cast.provider.payment(order["paymentToken"])
    story.state(
        f"order     {now['status']}, payment {now['paymentStatus']}, total {money(now['total'], now['currency'])}"
    )
    story.state(f"provider  {_ledger(ledger, now['currency'])}")
    for product_id in WANTED:
        if stock := cast.clerk.stock(product_id):
            story.state(f"stock     {product_id}: {stock['onHand']} on hand, {stock['reserved']} reserved")


def _ledger(ledger: Mapping[str, Any], currency: str) -> str:
    amounts = ((name, ledger.get(name)) for name in ("authorised", "captured", "refunded"))
    listed = ", ".join(f"{name} {money(amount, currency)}" for name, amount in amounts if isinstance(amount, int))
    return f"{ledger.get('status', '')}: {listed}"
