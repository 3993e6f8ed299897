"""Shoppers who fill a cart and check it out: they click twice, change the cart meanwhile, close the page and come back.
Some send the same checkout later."""

from collections.abc import Container, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.cart_owner import REFUSED, Browser, Wanted
from tools.sim.people.order_lines import in_words
from tools.sim.people.person import GaveUp
from tools.sim.people.shopper import AGAIN, ATTEMPTS, ROUNDS, Shopper
from tools.sim.people.watchful import Watchful

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings

CHECKOUT = "/checkout"
GONE_WRONG = ("CART_CHANGED", "IDEMPOTENCY_MISMATCH")
MOST_CONFLICTS = 8


class CheckoutShopper(Watchful, Shopper):
    """One checkout, or the attempt."""

    def __init__(self, world: "Surroundings", book: "Book", name: str) -> None:
        super().__init__(world, book, name)
        self._cart = Wanted()
        self._browser = Browser(self, "signed in", self._identity, self._cart)
        self._seen: dict[str, dict[str, int]] = {}
        """By payment token: the cart as the shopper saw it before the checkout."""

    def _shop(self) -> None:
        self.book.checkout_carts[self.user_id] = self._cart.units
        basket = dict(self._basket()[:3])
        for product_id, wanted in basket.items():
            self._browser.put(product_id, wanted)
        address = {**self._address(), "name": f"A. {self.word}"}
        for number in range(1, ROUNDS + 1):
            version, units = self._in_cart()
            lines = self._lines(list(units.items()))
            if not lines:
                self.says("has an empty cart")
                return
            body = self._body(lines, address, number)
            self._seen[body["paymentToken"]] = units
            if self.chance(0.4, f"names the version {number}"):
                body["cartVersion"] = version
                if self.chance(0.4, f"changes the cart before {number}"):
                    self._change_cart_after_reading(body, units, number)
            if self.chance(0.15, f"looks for the card {number}"):  # meanwhile prices change
                self.wait(20.0, 300.0, f"finds the card {number}")
            status, answer = self._check_out(body, lines, number)
            if status in (200, 201):
                self._afterwards(answer["order"], body)
                return
            if status != 409 or not self._tries_again(answer):
                return
        self.book.refusals += 1

    def _in_cart(self) -> tuple[int, dict[str, int]]:
        """The cart's version and what it has. Lines that the shop does not have any more are taken out."""
        while True:
            cart = self._browser.look()
            shown = sum(line["price"] * line["quantity"] for line in cart["lines"] if line["available"])
            if cart["subtotal"] != shown:
                why = f"a cart of lines for {shown} shows the subtotal {cart['subtotal']}"
                self.book.report_broken("M4", self.user_id, why)
            gone = [line["productId"] for line in cart["lines"] if not line["available"]]
            if not gone:
                return cart["version"], {line["productId"]: line["quantity"] for line in cart["lines"]}
            for product_id in gone:
                self._browser.put(product_id, 0)

    def _body(self, lines: list[dict[str, Any]], address: Mapping[str, str], number: int) -> dict[str, Any]:
        delivery = self._price_of_delivery(lines, address)
        total = sum(line["price"] * line["quantity"] for line in lines) + delivery
        # Units that come meanwhile are ordered too, if the version is not named: much money covers them.
        most = 4 * total if self.chance(0.5, f"holds much {number}") else total + total // 4
        body: dict[str, Any] = {"address": dict(address), "paymentToken": self._hold(most, number)}
        if self.chance(0.4, f"names the total {number}"):
            body |= {"total": total, "deliveryPrice": delivery}
            if self.chance(0.15, f"shows an old total {number}"):  # it is refused
                body |= {"total": total - 1}
        elif self.chance(0.3, f"names the delivery price {number}"):
            is_old = self.chance(0.3, f"shows an old delivery price {number}")  # it is refused
            body["deliveryPrice"] = max(0, delivery - is_old)
        if self.chance(0.5, f"names the prices {number}"):
            body["prices"] = self._prices(lines, number)
        if self.chance(0.6, f"client token {number}"):
            body["clientToken"] = f"{self.name}-{number}"
        return body

    def _prices(self, lines: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        """The prices of the lines. With another price, and with a product that is not in the cart, the checkout is
        refused."""
        prices = [{"productId": line["productId"], "price": int(line["price"])} for line in lines]
        if self.chance(0.3, f"shows another price {number}"):
            prices[0]["price"] += 1 if self.chance(0.5, f"shows a higher price {number}") else -1
        elif self.chance(0.25, f"names what is not in the cart {number}"):
            others = [each for each in self.book.products if all(each != price["productId"] for price in prices)]
            prices += [{"productId": product_id, "price": 100} for product_id in others[:1]]
        return prices

    def _check_out(self, body: Mapping[str, Any], lines: list[dict[str, Any]], number: int) -> tuple[int, Any]:
        """The final status and answer; 0 when it stays unknown."""
        self.says(f"checks out {in_words({'products': lines})}")
        self._at_the_same_time(body, {line["productId"] for line in lines}, number)
        for attempt in range(1, ATTEMPTS + 1):
            if self.chance(0.08, f"closes the page {number} {attempt}"):
                self.says("closes the page")
                if not self.chance(0.7, f"opens it again {number} {attempt}"):
                    self.book.without_answer += 1
                    return 0, None
                self._once(body)
                self.wait(1.0, 400.0, f"opens the page again {number} {attempt}")
            status, answer = self._once(body)
            if 0 < status < 500:
                return status, answer
            self._wait_to_try_again(attempt, number, "check out")
        self.book.without_answer += 1
        self.says("gives up the checkout")
        return 0, None

    def _at_the_same_time(self, body: Mapping[str, Any], ordered: set[str], number: int) -> None:
        """Another click, another tab with other fields, or a product that is put in meanwhile."""
        if self.chance(0.3, f"clicks twice {number}"):
            again = dict(body)
            if self.chance(0.3, f"in another tab {number}"):
                again["address"] = {**again["address"], "city": "Other Town"}
                self.says("checks out in another tab, to another address")
            delayed = partial(self._click_again, again, number)
            self.world.background(f"{self.name} clicks again {number}", delayed)
        product_id = self._another_product(ordered, f"what more {number}")
        if product_id and self.chance(0.5, f"puts more in {number}"):
            self._cart.units[product_id] = {0}  # no later round chooses it too
            self.world.background(f"{self.name} puts more in {number}", partial(self._put_more, product_id, number))

    def _another_product(self, ordered: Container[str], why: str) -> str | None:
        """A product that was never in the cart: what is left of it does not depend on the order of events."""
        others = [each for each in self.book.products if each not in ordered and each not in self._cart.units]
        return self.choose(others, why) if others else None

    def _click_again(self, body: Mapping[str, Any], number: int) -> None:
        self.wait(0.0, 0.5, f"second click {number}")
        self._once(body)

    def _change_cart_after_reading(self, body: dict[str, Any], units: Mapping[str, int], number: int) -> None:
        """Put another product in. The checkout then sends no total and no prices, so that it must be refused because of
        its `cartVersion`."""
        product_id = self._another_product(units, f"what before {number}")
        if product_id is None:
            return
        self._put_more(product_id, f"before {number}")
        for name in ("total", "deliveryPrice", "prices"):
            body.pop(name, None)

    def _put_more(self, product_id: str, number: int | str) -> None:
        self.wait(0.0, 1.0 if self.chance(0.7, f"hurries {number}") else 20.0, f"puts it in {number}")
        units = self.number(1, 3, f"units more {number}")
        try:
            # With the version, as the storefront: without it, a repeated request puts in what was ordered meanwhile.
            for _ in range(MOST_CONFLICTS):
                if self._browser.put(product_id, units, self._browser.look()["version"]) != REFUSED:
                    return
        except (GaveUp, GraphQLError) as error:
            self.world.note(f"{self.name}: {error}")

    def _once(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Status and answer; 0 without one."""
        try:
            status, answer = self.call("POST", "cart", CHECKOUT, body, self.signed_in())
        except NoAnswer:
            return 0, None
        if status in (200, 201):
            self._take(answer["order"], body)
        return status, answer

    def _take(self, order: dict[str, Any], body: Mapping[str, Any]) -> None:
        if order["orderId"] not in self.book.accepted:
            self.says(f"has the order {order['orderId'][:8]}")
            for promise, why in differences(order, body, self._seen[body["paymentToken"]]):
                self.book.report_broken(promise, order["orderId"], why)
        self.book.accept(order, self.name, self.user_id, body)

    def _tries_again(self, answer: Any) -> bool:
        """Whether the shopper sends a corrected checkout after a refusal, which freed the token."""
        problems = answer["problems"]
        codes = {problem["code"] for problem in problems}
        self.says(f"is refused: {', '.join(sorted(codes))}")
        for problem in problems:
            if problem["code"] == "INSUFFICIENT_STOCK" and "productId" in problem:
                self._browser.put(problem["productId"], 0)
        if self.chance(0.7, f"reads the cart again after {len(self._seen)}"):
            codes -= {"CART_CHANGED"}
        return not codes & {*GONE_WRONG, *AGAIN, "EMPTY_CART"}

    def _afterwards(self, order: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        if self.chance(0.3, "checks out again later"):
            self.wait(0.0, 900.0 if self.chance(0.5, "much later") else 5.0, "checks out later")
            self._repeat(str(order["orderId"]), body)
        if self.chance(0.15, "checks out with another address later"):
            other = {**body, "address": {**body["address"], "city": "Other Town"}}
            status, answer = self.insist_on("POST", "cart", CHECKOUT, other, self.signed_in())
            if status != 409:
                why = f"another address with the same token was answered {status}"
                self.book.report_broken("C2", str((answer or {}).get("order", order)["orderId"]), why)
        if self.chance(0.2, "cancels"):
            self.wait(0.1, 200.0, "thinks about it")
            self._cancel(str(order["orderId"]))

    def _repeat(self, order_id: str, body: Mapping[str, Any]) -> None:
        try:
            status, answer = self.insist_on("POST", "cart", CHECKOUT, body, self.signed_in())
        except GaveUp:
            return
        if status not in (200, 201):
            self.book.report_broken("C2", order_id, f"the same checkout was answered {status} later: {answer}")
        elif answer["order"]["orderId"] != order_id:
            self.book.report_broken(
                "C2", order_id, f"the same checkout made the order {answer['order']['orderId'][:8]} too"
            )
            self._take(answer["order"], body)


def differences(
    order: Mapping[str, Any], body: Mapping[str, Any], seen: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """What of the accepted order is not as the checkout named it, each with its promise. `seen` are the units of the
    cart when the shopper read it. Packing changes lines and total, so only a NEW order is compared."""
    if order["status"] != "NEW":
        return
    for name in ("total", "deliveryPrice"):
        if name in body and order[name] != body[name]:
            yield "M4", f"the checkout named the {name} {body[name]}, and was accepted with {order[name]}"
    prices = {line["productId"]: line["price"] for line in order["products"]}
    for named in body.get("prices", ()):
        if prices.get(named["productId"]) != named["price"]:
            price = prices.get(named["productId"])
            yield "M4", f"the checkout named {named['price']} for {named['productId']}, and was accepted with {price}"
    units = {line["productId"]: line["quantity"] for line in order["products"]}
    if "cartVersion" in body and units != dict(seen):
        yield "C1", f"version {body['cartVersion']} of the cart had {dict(seen)}, and {units} were ordered"
