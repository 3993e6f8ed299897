"""A shopper: fills a basket, has the money held, orders, perhaps twice, and perhaps cancels."""

from collections.abc import Mapping
from typing import Any

from tools.sim.graphql import GraphQLError, NoAnswer
from tools.sim.people.person import GaveUp, Person

COUNTRIES = ("FI", "DE", "US", "BR")
LINE_FIELDS = ("productId", "name", "package", "price")
PROVIDER_URL = "payment-3p/api/url"
PROVIDER_SECRET = "payment-3p/secret/arn"  # noqa: S105 - the name of a parameter
ROUNDS = 3
AGAIN = ("TRY_AGAIN",)
COMES_BACK = 4


class Shopper(Person):
    """One order, or the attempt."""

    is_shopper = True

    def live(self) -> None:
        try:
            self._shop()
        except GaveUp as gave_up:
            self.book.unknown += 1
            self.says(f"gives up: {gave_up}")

    def _shop(self) -> None:
        basket = self._basket()
        address = self._address()
        for number in range(1, ROUNDS + 1):
            lines = self._lines(basket)
            if not lines:
                self.says("finds nothing to buy")
                return
            delivery = self.insist("getDeliveryPricing", input={"products": lines, "address": address})["pricing"]
            token = self._hold(sum(line["price"] * line["quantity"] for line in lines) + delivery, number)
            order = {"products": lines, "address": address, "deliveryPrice": delivery, "paymentToken": token}
            if self.chance(0.7, f"client token {number}"):
                order["clientToken"] = f"{self.name}-{number}"
            answer = self._order(order, number)
            if answer is None:
                return
            if answer["success"]:
                self._after(answer["order"], order)
                return
            codes = [problem["code"] for problem in answer["problems"]]
            self.says(f"is refused: {', '.join(codes)}")
            if "INSUFFICIENT_STOCK" in codes:
                short = {problem["productId"] for problem in answer["problems"] if "productId" in problem}
                basket = [(product, units) for product, units in basket if product not in short]
        self.book.refusals += 1

    def _basket(self) -> list[tuple[str, int]]:
        """1-5 lines. The first product is scarce, and most people want it. Two lines may be of one product."""
        products = self.book.products
        wanted = [products[0]] if self.chance(0.6, "wants the scarce product") else []
        more = self.number(0 if wanted else 1, 4, "more lines")
        wanted += [self.choose(products, f"line {place}") for place in range(more)]
        return [(product, self.number(1, 3, f"units {place}")) for place, product in enumerate(wanted)]

    def _lines(self, basket: list[tuple[str, int]]) -> list[dict[str, Any]]:
        """The lines with the catalogue's prices of this moment."""
        lines = []
        for product_id, units in basket:
            found = self.insist("getProduct", productId=product_id)
            if found is not None:
                lines.append({**{name: found[name] for name in LINE_FIELDS if name in found}, "quantity": units})
        return lines

    def _address(self) -> dict[str, str]:
        country = self.choose(COUNTRIES, "country")
        return {
            "name": f"A. {self.name}",
            "streetAddress": "Street 1",
            "city": "Town",
            "country": country,
            "phoneNumber": "+358",
        }

    def _hold(self, total: int, number: int) -> str:
        amount = max(0, total - 1) if self.chance(0.02, f"holds too little {number}") else total
        token = self._hold_exactly(amount)
        if self.chance(0.05, f"declined {number}"):
            secret = self.world.secrets[self.world.parameters[PROVIDER_SECRET]]
            script = {"behaviour": "DECLINE", "paymentToken": token, "operations": ["processPayment"], "seconds": 3600}
            url = self.world.parameters[PROVIDER_URL]
            self.post(url, "/scripts", script, {"Authorization": f"Bearer {secret}"})
            self.book.declined.add(token)
        return token

    def _hold_exactly(self, amount: int) -> str:
        """Have the money held by the provider. Returns the payment token."""
        url = self.world.parameters[PROVIDER_URL]
        _, answer = self.post(url, "/preauth", {"cardNumber": "4111111111111111", "amount": amount})
        return str(answer["paymentToken"])

    def _order(self, order: Mapping[str, Any], number: int) -> dict[str, Any] | None:
        """The final answer; None when it stays unknown."""
        self.says(f"orders {_said(order)}")
        if self.chance(0.1, f"clicks twice {number}"):
            self.world.background(f"{self.name} clicks again {number}", lambda: self._click(order))
        for attempt in range(1, 9):
            if self.chance(0.08, f"closes the page {number} {attempt}"):
                return self._ask_once(order)
            answer: dict[str, Any] = self.insist("createOrder", order=order)
            codes = {problem["code"] for problem in answer["problems"] or ()}
            if answer["success"] or not codes & set(AGAIN):
                if answer["success"]:
                    self._accept(answer["order"], order)
                return answer
            if attempt == COMES_BACK:  # when the reservation of an attempt without an answer has lapsed, or just not
                self.wait(780.0, 960.0, f"comes back {number}")
            else:
                self.wait(1.0, 10.0 * attempt, f"order again {number} {attempt}")
        self.book.unknown += 1
        self.says("gives up: TRY_AGAIN")
        return None

    def _ask_once(self, order: Mapping[str, Any]) -> dict[str, Any] | None:
        """Order without looking at a missing answer."""
        try:
            answer: dict[str, Any] = self.ask("createOrder", order=order)
        except (NoAnswer, GraphQLError):
            self.says("closes the page without an answer")
            self.book.unknown += 1
            return None
        if answer["success"]:
            self._accept(answer["order"], order)
        return answer

    def _click(self, order: Mapping[str, Any]) -> None:
        try:
            answer = self.ask("createOrder", order=order)
        except (NoAnswer, GraphQLError) as error:  # the shopper does not look at the second answer
            self.world.note(f"{self.name} second click: {type(error).__name__}")
            return
        if answer["success"]:
            self._accept(answer["order"], order)

    def _accept(self, answer: dict[str, Any], order: Mapping[str, Any]) -> None:
        if answer["orderId"] not in self.book.accepted:
            self.says(f"has the order {answer['orderId'][:8]}")
        self.book.accept(answer, self.name, self.user_id, order)

    def _after(self, answer: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        if self.chance(0.1, "asks again later"):
            self.wait(1.0, 1800.0, "later")
            again = self.insist("createOrder", order=order)
            if again["success"]:
                self._accept(again["order"], order)
            elif not {problem["code"] for problem in again["problems"]} & set(AGAIN):
                self.book.wrong.append((answer["orderId"], f"the same request was refused later: {again['problems']}"))
        if self.chance(0.03, "uses the payment token again"):
            other = {**order, "clientToken": f"{self.name}-other"}
            again = self.insist("createOrder", order=other)
            if again["success"]:
                self._accept(again["order"], other)
        if self.chance(0.15, "cancels"):
            self.wait(0.1, 20.0 if self.chance(0.7, "cancels at once") else 600.0, "thinks about it")
            self._cancel(str(answer["orderId"]))

    def _cancel(self, order_id: str) -> None:
        self.says(f"cancels {order_id[:8]}")
        closes_the_page = self.chance(0.4, "closes the page")
        ask = self.ask if closes_the_page else self.insist
        for _ in range(2 if self.chance(0.3, "cancels twice") else 1):
            try:
                ask("cancelOrder", orderId=order_id)
            except GraphQLError as error:
                self.says(f"cannot cancel {order_id[:8]}: {error.type}")
            except NoAnswer:
                self.says(f"does not know whether {order_id[:8]} is cancelled")
            else:
                self.book.cancelled.add(order_id)


def _said(order: Mapping[str, Any]) -> str:
    return " + ".join(f"{line['quantity']} {line['productId']}" for line in order["products"])
