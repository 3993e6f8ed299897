"""Partners: programs that order with an API key. They send a reference again, twice at once, and with other content.
They look orders up, cancel some, and try the orders of other partners."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.person import GaveUp
from tools.sim.people.shopper import ATTEMPTS, Shopper
from tools.sim.people.watchful import Watchful

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings

ORDERS = "/orders"
PARTNER_PREFIX = "partner:"
FEWEST, MOST = 2, 5


class Partner(Watchful, Shopper):
    """One company with two keys, of which either may be used."""

    def __init__(self, world: "Surroundings", book: "Book", name: str) -> None:
        super().__init__(world, book, name)
        self.user_id = f"{PARTNER_PREFIX}{name}"
        self.keys = (f"{name}-old-key", f"{name}-new-key")
        self._tried = 0

    def _shop(self) -> None:
        for number in range(1, self.number(FEWEST, MOST, "orders") + 1):
            try:
                self._place(number)
            except (GaveUp, GraphQLError) as gave_up:
                self.book.without_answer += 1
                self.says(f"gives up the order {number}: {gave_up}")
            self.wait(0.0, 150.0, f"next order {number}")
        self._try_others()

    def _headers(self) -> dict[str, str]:
        self._tried += 1
        return {"x-api-key": f"key:{self.choose(self.keys, f'key {self._tried}')}"}

    def _place(self, number: int) -> None:
        wanted = dict(self._basket()[:3])
        lines = self._lines(list(wanted.items()))
        if not lines:
            return
        address = {**self._address(), "name": self.word}
        total = sum(line["price"] * line["quantity"] for line in lines) + self._price_of_delivery(lines, address)
        body: dict[str, Any] = {
            "reference": f"PO-{number}",
            "products": [{"productId": line["productId"], "quantity": line["quantity"]} for line in lines],
            "address": address,
            "paymentToken": self._hold(total + total // 4, number),
        }
        if self.chance(0.6, f"contact {number}"):
            body["contact"] = {"email": f"{self.name}-{number}@partners.example"}
        status, answer = self._order_once_more(body, number)
        if status in (200, 201):
            self._later(answer, body, number)
        elif status:
            self.book.refusals += 1
            self.says(f"is refused: {answer}")

    def _order_once_more(self, body: Mapping[str, Any], number: int) -> tuple[int, Any]:
        """Order until there is a final answer. The status is 0 without one."""
        self.says(f"orders {body['reference']}")
        if self.chance(0.35, f"sends it twice {number}"):
            again = dict(body)
            if self.chance(0.4, f"with other content {number}"):
                again["products"] = _one_more(again["products"])
            self.world.background(f"{self.name} again {number}", partial(self._send, again))
        for attempt in range(1, ATTEMPTS + 1):
            status, answer = self._send(body)
            if 0 < status < 500:
                return status, answer
            self._wait_to_try_again(attempt, number, "order")
        self.book.without_answer += 1
        return 0, None

    def _send(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        try:
            status, answer = self.call("POST", "partners", ORDERS, body, self._headers())
        except NoAnswer:
            return 0, None
        if status in (200, 201):
            self._take(answer, body)
        return status, answer

    def _take(self, answer: dict[str, Any], body: Mapping[str, Any]) -> None:
        if answer["orderId"] not in self.book.accepted:
            self.says(f"has the order {answer['orderId'][:8]}")
        of_order = {"clientToken": body["reference"], "paymentToken": body["paymentToken"]}
        self.book.accept(answer, self.name, self.user_id, of_order)
        if "contact" in body:
            self.book.contacts.setdefault(answer["orderId"], body["contact"]["email"])

    def finish(self) -> bool:
        """One order when nothing fails any more: it must be accepted, for the sum of the catalogue's prices."""
        return self._once_when_calm(self._order_calmly)

    def _order_calmly(self) -> None:
        """Two lines of one product, which has no stock record."""
        lines = self._lines([(self.book.products[-1], units) for units in (1, 2)])
        if not lines:  # the admin took the product away
            return
        address = {**self._address(), "name": self.word}
        total = sum(line["price"] * line["quantity"] for line in lines) + self._price_of_delivery(lines, address)
        body = {
            "reference": "PO-evening",
            "products": [{"productId": line["productId"], "quantity": line["quantity"]} for line in lines],
            "address": address,
            "paymentToken": self._hold_exactly(total),
        }
        unknown = {**body, "products": [{"productId": "no-such-product", "quantity": 1}]}
        status, answer = self._insist("POST", ORDERS, unknown)
        if not 400 <= status < 500:
            self.book.report_broken("A1", "", f"an unknown product was answered {status} to {self.name}: {answer}")
        self.says("orders PO-evening after a refusal, with the same reference and two lines of one product")
        status, answer = self._insist("POST", ORDERS, body)
        if status not in (200, 201):
            self.book.report_broken(
                "A1", "", f"an order of {self.name} was answered {status}, while nothing fails: {answer}"
            )
            return
        self._take(answer, body)
        if answer["status"] == "NEW" and answer["total"] != total:
            why = f"two lines of one product cost {total}, accepted for {answer['total']}"
            self.book.report_broken("M4", answer["orderId"], why)
        status, found = self._insist("GET", f"{ORDERS}/{answer['orderId']}")
        if status != 200:
            self.book.report_broken(
                "A1", answer["orderId"], f"GET of {self.name}'s own order was answered {status}: {found}"
            )

    def _later(self, order: Mapping[str, Any], body: Mapping[str, Any], number: int) -> None:
        order_id = str(order["orderId"])
        if self.chance(0.4, f"repeats {number}"):
            self.wait(0.0, 600.0, f"repeats later {number}")
            status, again = self._insist("POST", ORDERS, body)
            if status != 200 or again["orderId"] != order_id:
                self.book.report_broken("O3", order_id, f"the same reference was answered {status} later: {again}")
        if self.chance(0.5, f"changes the content {number}"):
            other: dict[str, Any] = {"products": _one_more(body["products"])}
            if self.chance(0.5, f"changes the contact {number}"):
                other = {"contact": {"email": f"{self.name}-other@partners.example"}}
            status, again = self._insist("POST", ORDERS, {**body, **other})
            if status != 409 or again["problems"][0]["code"] != "IDEMPOTENCY_MISMATCH":
                self.book.report_broken(
                    "O3", order_id, f"the reference with other content was answered {status}: {again}"
                )
        if self.chance(0.5, f"looks it up {number}"):
            for path in (f"{ORDERS}/{order_id}", f"{ORDERS}?reference={body['reference']}"):
                status, found = self._insist("GET", path)
                if status != 200 or (found["orderId"], found["reference"]) != (order_id, body["reference"]):
                    self.book.report_broken("O3", order_id, f"GET {path} was answered {status}: {found}")
        if self.chance(0.2, f"cancels {number}"):
            if self.chance(0.5, f"cancels late {number}"):
                self._wait_for_packers(order_id)
            self.wait(0.1, 100.0, f"thinks about {number}")
            self.book.asked_to_cancel.add(order_id)
            status, _ = self._insist("POST", f"{ORDERS}/{order_id}/cancel")
            self.says(f"cancels {order_id[:8]}: {status}")
            if status == 200:
                self.book.cancelled.add(order_id)

    def _insist(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.insist_on(method, "partners", path, body, self._headers())

    def _try_others(self) -> None:
        """Orders of other partners, which *partners* knows, rather than those of shoppers."""
        others = sorted(order_id for order_id, each in self.book.accepted.items() if each.user_id != self.user_id)
        of_partners = [
            order_id for order_id in others if self.book.accepted[order_id].user_id.startswith(PARTNER_PREFIX)
        ]
        if not others or not self.chance(0.8, "tries the orders of others"):
            return
        order_id = self.choose(of_partners or others, "whose order")
        for method, path in (("GET", f"{ORDERS}/{order_id}"), ("POST", f"{ORDERS}/{order_id}/cancel")):
            status, _ = self._insist(method, path)
            if status != 404:
                self.book.report_broken(
                    "U1", order_id, f"{method} of another's order was answered {status} to {self.name}"
                )
        status, _ = self.insist_on("GET", "partners", f"{ORDERS}/{order_id}")
        if status != 403:
            self.book.report_broken("U1", order_id, f"partners answered {status} without a key")


def _one_more(lines: Any) -> list[dict[str, Any]]:
    first, *others = lines
    return [{**first, "quantity": first["quantity"] + 1}, *others]
