"""A shopper: fills a basket, has the money held, orders, perhaps twice, and perhaps cancels."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.admin import name_of
from tools.sim.people.foreign_orders import try_foreign_order
from tools.sim.people.order_lines import changed, in_words, total_of, units_of
from tools.sim.people.payment_provider import PROVIDER_URL, decline
from tools.sim.people.person import GaveUp, Person

COUNTRIES = ("FI", "DE", "US", "BR", "us")
LINE_FIELDS = ("productId", "name", "package", "price")
ROUNDS = 3
AGAIN = ("TRY_AGAIN",)
ATTEMPTS = 8
ATTEMPT_BEFORE_LAPSE = 4
AROUND_LAPSE = (780.0, 960.0)  # the reservation of an attempt without an answer lapses after 15 minutes
LOOKS, PATIENCE = 4, 60
CARD_NUMBER = "4111111111111111"


class Shopper(Person):
    """One order, or the attempt."""

    is_shopper = True
    possible_orders = 0
    """How many requests of this shopper may have made an order that the shopper does not know."""
    _has_finished = False
    _holds = 0

    def live(self) -> None:
        try:
            self._shop()
        except (GaveUp, GraphQLError) as gave_up:
            self._count_without_answer()
            self.says(f"gives up: {gave_up}")

    def _shop(self) -> None:
        basket = self._basket()
        address = self._address()
        token, held = "", 0
        for number in range(1, ROUNDS + 1):
            lines = self._lines(basket)
            if not lines:
                self.says("finds nothing to buy")
                return
            delivery = self._price_of_delivery(lines, address)
            if self.chance(0.12, f"cheats {number}"):
                self._cheat({"products": lines, "address": address, "deliveryPrice": delivery}, number)
            total = sum(line["price"] * line["quantity"] for line in lines) + delivery
            is_new = held < total or token in self.book.too_little or not self.chance(0.5, f"same money {number}")
            if is_new:  # else the money that was held for the refused order
                token, held = self._hold(total, number), total
            order = {"products": lines, "address": address, "deliveryPrice": delivery, "paymentToken": token}
            if self.chance(0.7, f"client token {number}"):
                order["clientToken"] = f"{self.name}-{number}"
            if self.chance(0.15, f"looks for the card {number}"):  # meanwhile prices change and products go
                self.wait(20.0, 300.0, f"finds the card {number}")
            answer = self._order(order, number)
            if answer is None:
                return
            if answer["success"]:
                self._after(answer["order"], order)
                return
            codes = [problem["code"] for problem in answer["problems"]]
            self.says(f"is refused: {', '.join(codes)}")
            # What a failing function did not give back of the money stays claimed for some minutes.
            if "PAYMENT_REFUSED" in codes and token not in self.book.too_little and is_new:
                self.book.report_broken("A1", token, "a payment that covers the order was refused")
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

    def _price_of_delivery(self, lines: list[dict[str, Any]], address: Mapping[str, str]) -> int:
        price = int(self.insist("getDeliveryPricing", input={"products": lines, "address": address})["pricing"])
        self.book.delivery_prices[address["country"], frozenset(units_of(lines).items())] = price
        return price

    def _address(self) -> dict[str, str]:
        country = self.choose(COUNTRIES, "country")
        return {
            "name": f"A. {self.name}",
            "streetAddress": "Street 1",
            "city": "Town",
            "country": country,
            "phoneNumber": "+358",
        }

    def _hold(self, total: int, number: int | str) -> str:
        amount = max(0, total - 1) if self.chance(0.02, f"holds too little {number}") else total
        token = self._hold_exactly(amount)
        if amount < total:
            self.book.too_little.add(token)
        if self.chance(0.05, f"declined {number}"):
            decline(self, token, "processPayment")
            self.book.declined.add(token)
        return token

    def _hold_exactly(self, amount: int) -> str:
        """Have the money held by the provider. Returns the payment token."""
        url = self.world.parameters[PROVIDER_URL]
        self._holds += 1
        # A running platform keeps the keys of earlier runs, whose people have the same names: the time differs.
        key = f"{self.user_id}-{self._holds}-{self.world.scheduler.now}"
        body = {"cardNumber": CARD_NUMBER, "amount": amount}
        _, answer = self.post(url, "/preauth", body, {"Idempotency-Key": key})
        return str(answer["paymentToken"])

    def _order(self, order: Mapping[str, Any], number: int) -> dict[str, Any] | None:
        """The final answer; None when it stays unknown."""
        self.says(f"orders {in_words(order)}")
        if self.chance(0.2, f"clicks twice {number}"):
            again = order
            if self.chance(0.4, f"in another tab {number}"):
                again = changed(order, 1 if self.chance(0.4, f"more there {number}") else -1)
                self.says(f"orders {in_words(again)} in another tab at the same time")
            self.world.background(f"{self.name} clicks again {number}", lambda: self._order_once(again))
        for attempt in range(1, ATTEMPTS + 1):
            if self.chance(0.08, f"closes the page {number} {attempt}"):
                return self._order_and_leave(order)
            answer: dict[str, Any] = self.insist("createOrder", order=order)
            codes = {problem["code"] for problem in answer["problems"] or ()}
            if answer["success"] or not codes & set(AGAIN):
                if answer["success"]:
                    self._note_accepted(answer["order"], order)
                return answer
            self._wait_to_try_again(attempt, number, "order")
        self._count_without_answer()
        self.says("gives up: TRY_AGAIN")
        return None

    def _wait_to_try_again(self, attempt: int, number: int, what: str) -> None:
        if attempt == ATTEMPT_BEFORE_LAPSE:
            self.wait(*AROUND_LAPSE, f"comes back {number}")
        else:
            self.wait(1.0, 10.0 * attempt, f"{what} again {number} {attempt}")

    def _order_and_leave(self, order: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = self._order_once(order)
        if answer is None:
            self.says("closes the page without an answer")
            self.book.without_answer += 1
        return answer

    def _count_without_answer(self) -> None:
        """The shopper gives the attempt up: there may be an order, or not."""
        self.book.without_answer += 1
        self.possible_orders += 1

    def _order_once(self, order: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to a single request. None without one: there may be an order, or not."""
        try:
            answer: dict[str, Any] = self.ask("createOrder", order=order)
        except (NoAnswer, GraphQLError) as error:
            self.world.note(f"{self.name} ordered without an answer: {type(error).__name__}")
            self.possible_orders += 1
            return None
        if answer["success"]:
            self._note_accepted(answer["order"], order)
        elif any(problem["code"] in AGAIN for problem in answer["problems"]):
            self.possible_orders += 1  # it was asked for once, and the answer leaves it open
        return answer

    def _note_accepted(self, answer: dict[str, Any], order: Mapping[str, Any]) -> None:
        if answer["orderId"] not in self.book.accepted:
            self.says(f"has the order {answer['orderId'][:8]}")
            self._check(answer, order)
        self.book.accept(answer, self.name, self.user_id, order)

    def _check(self, answer: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        """What was accepted is what was ordered. Of an order that is packed already, units may be missing."""
        wanted = total_of(order)
        if answer["status"] == "NEW" and (units_of(answer["products"]), answer["total"]) != (
            units_of(order["products"]),
            wanted,
        ):
            got = f"{in_words(answer)} for {answer['total']}"
            self.book.report_broken(
                "M4", answer["orderId"], f"ordered {in_words(order)} for {wanted}, accepted as {got}"
            )

    def _cheat(self, order: Mapping[str, Any], number: int) -> None:
        """Order below the prices that the shop showed, or what is gone, with money held for it. The invariants look at
        what is stored."""
        lines = [dict(line) for line in order["products"]]
        cheap = {**order, "products": lines}
        if order["deliveryPrice"] and self.chance(0.4, f"cheats about the delivery {number}"):
            cheap["deliveryPrice"] = 0
        elif self.chance(0.3, f"cheats about the packages {number}"):
            for line in lines:
                line["package"] = dict.fromkeys(line["package"], 0)
            asked = {"products": lines, "address": order["address"]}
            cheap["deliveryPrice"] = int(self.insist("getDeliveryPricing", input=asked)["pricing"])
        elif self.chance(0.2, f"cheats about a name {number}"):
            lines[0]["name"] = "Gift"
        elif gone := self.book.gone():
            product_id = self.choose(gone, f"orders what is gone {number}")
            lines[:] = [{**lines[0], "productId": product_id, "name": name_of(product_id)}]
            lines[0]["price"] = self.book.prices[product_id][-1].amount
            cheap["deliveryPrice"] = self._price_of_delivery(lines, order["address"])
        else:
            lines[0]["price"] -= 1
        cheap["paymentToken"] = self._hold(total_of(cheap), f"cheat {number}")
        self.says(f"tries to order {in_words(cheap)} for {total_of(cheap)}, which the shop does not offer")
        self._order_once({**cheap, "clientToken": f"{self.name}-cheat-{number}"})

    def _after(self, answer: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        if self.chance(0.1, "asks again later"):
            self.wait(1.0, 1800.0, "later")
            again = self.insist("createOrder", order=order)
            if again["success"]:
                self._note_accepted(again["order"], order)
            elif not {problem["code"] for problem in again["problems"]} & set(AGAIN):
                why = ", ".join(problem["code"] for problem in again["problems"])
                self.book.report_broken("O3", answer["orderId"], f"the same request was refused later: {why}")
        others = {
            "basket": changed(order, 1),
            "address": {**order, "address": {**order["address"], "streetAddress": "Street 2"}},
        }
        for what, other in others.items():
            if self.chance(0.15, f"changes the {what} and sends the same token"):
                again = self.insist("createOrder", order=other)
                if again["success"]:
                    self.book.report_broken("O3", answer["orderId"], f"another {what} with the same token was accepted")
        if self.chance(0.06, "uses the payment token again"):
            other = {**order, "clientToken": f"{self.name}-other"}
            again = self.insist("createOrder", order=other)
            if again["success"]:
                self._note_accepted(again["order"], other)
        if self.chance(0.3, "follows the order"):
            self._follow(str(answer["orderId"]))
        self._look_around(str(answer["orderId"]))
        if self.chance(0.2, "cancels"):
            if self.chance(0.4, "cancels late"):
                self._wait_for_packers(str(answer["orderId"]))
            else:
                self.wait(0.1, 20.0 if self.chance(0.6, "cancels at once") else 400.0, "thinks about it")
            self._cancel(str(answer["orderId"]))

    def _follow(self, order_id: str) -> None:
        """Once: a page that cannot follow shows the order all the same. The local cloud refuses it, since it has
        subscriptions over WebSocket only."""
        try:
            self.ask("onOrderChanged", orderId=order_id)
        except (NoAnswer, GraphQLError):
            self.says(f"cannot follow {order_id[:8]}")
        else:
            self.book.followed.setdefault(order_id, self.world.scheduler.now)

    def _once_when_calm(self, act: Callable[[], None]) -> bool:
        """Act in the first round of the evening. Returns whether this is it."""
        if self._has_finished:
            return False
        self._has_finished = True
        try:
            act()
        except (GaveUp, GraphQLError) as error:
            self.book.report_broken("A1", "", f"{self.name} gave up while nothing fails: {error}")
        return True

    def _wait_for_packers(self, order_id: str) -> None:
        for look in range(PATIENCE):
            if order_id in self.book.packing:
                return
            self.wait(1.0, 8.0, f"waits for packers {look}")

    def _look_around(self, order_id: str) -> None:
        if self.chance(0.2, "looks at the list of orders"):
            listed: list[str] = []
            for attempt in range(LOOKS):  # the list may lag behind for some seconds
                self.wait(5.0, 20.0, f"looks later {attempt}")
                listed = [each["orderId"] for each in self.insist("getOrders", nextToken=None)["orders"]]
                if order_id in listed:
                    break
            mine = {each.order_id for each in self.book.accepted.values() if each.user_id == self.user_id}
            if order_id not in listed:
                self.book.report_broken("U1", order_id, "an accepted order is not in its owner's list")
            if foreign := sorted(set(listed) & set(self.book.accepted) - mine):
                self.book.report_broken("U1", foreign[0], "an order is in the list of another shopper")
        if self.chance(0.15, "is curious"):
            try_foreign_order(self)

    def _cancel(self, order_id: str) -> None:
        self.says(f"cancels {order_id[:8]}")
        self.book.asked_to_cancel.add(order_id)
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
