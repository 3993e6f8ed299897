"""A shopper who orders in the day as any other, and again after the faults have ended. Then each order is accepted.

In some runs there are so many orders that the list of them has a second page.
"""

from typing import TYPE_CHECKING, Any

from tools.sim.appsync import GraphQLError
from tools.sim.people.order_lines import in_words, total_of
from tools.sim.people.person import Person
from tools.sim.people.shopper import LOOKS, Shopper

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings

MANY_ORDERS, MANY_SHARE = 21, 0.2  # a page of getOrders has 20
MANY_LINES = 12
MOST_UNITS = 1000


class StockClerk(Person):
    """A colleague of the warehouse, who says how many units there are."""

    groups = ("warehouse",)

    def available(self, product_id: str) -> int | None:
        """None for a product without a stock record."""
        stock = self.insist("getStock", productId=product_id)
        return None if stock is None else int(stock["available"])


class Regular(Shopper):
    def __init__(self, world: "Surroundings", book: "Book", name: str) -> None:
        super().__init__(world, book, name)
        self._clerk = StockClerk(world, book, f"clerk of {name}")

    def finish(self) -> bool:
        """Shop once. The orders are then packed and delivered as others."""
        return self._once_when_calm(self._shop_calmly)

    def _shop_calmly(self) -> None:
        order_id = self._take_the_last_units()
        if order_id is not None:
            self.insist("onOrderChanged", orderId=order_id)
            self.book.followed.setdefault(order_id, self.world.scheduler.now)
        untracked = self.book.products[-1]
        count = MANY_ORDERS if self.chance(MANY_SHARE, "orders often") else 2
        made = [each for number in range(count) if (each := self._buy([(untracked, 1)], f"calm-{number}"))]
        for number, order_id in enumerate(made):
            if number == 0 or (count > 2 and number % 5):  # staff need not deal with all of them
                self._cancel_calmly(order_id)
        self._correct_a_refused_order(untracked)
        if order_id := self._buy([(untracked, 1)] * MANY_LINES, "many-lines"):
            self._cancel_calmly(order_id)
        self._look_at_all()

    def _take_the_last_units(self) -> str | None:
        """Order all units that are left of a product. In the evening no other order takes any."""
        left = {product_id: self._clerk.available(product_id) for product_id in self.book.products}
        scarce = [(product_id, units) for product_id, units in left.items() if units and units <= MOST_UNITS]
        if not scarce:
            return None
        product_id, units = self.choose(scarce, "the last units")
        self.says(f"wants the last {units} units of {product_id}")
        return self._buy([(product_id, units)], "last-units")

    def buy_one(self, product_id: str) -> str | None:
        """Order one unit. The id of the order."""
        return self._buy([(product_id, 1)], "one")

    def _buy(self, basket: list[tuple[str, int]], client_token: str) -> str | None:
        """The id of the order, which must be accepted."""
        order = self._complete(basket, client_token)
        if order is None:
            return None
        return self._order_successfully(order, "")

    def _complete(self, basket: list[tuple[str, int]], client_token: str) -> dict[str, Any] | None:
        lines, address = self._lines(basket), self._address()
        if not lines:  # the admin took the product away
            return None
        order = {"products": lines, "address": address, "deliveryPrice": self._price_of_delivery(lines, address)}
        return {**order, "clientToken": client_token, "paymentToken": self._hold_exactly(total_of(order))}

    def _order_successfully(self, order: dict[str, Any], when: str) -> str | None:
        """The id of the order. A refusal is reported."""
        self.says(f"orders {in_words(order)}{when}")
        answer = self._until_final(order)
        if not answer["success"]:
            codes = ", ".join(problem["code"] for problem in answer["problems"])
            self._reports(order["paymentToken"], f"{in_words(order)} was refused{when}, while nothing fails: {codes}")
            return None
        self._note_accepted(answer["order"], order)
        return str(answer["order"]["orderId"])

    def _until_final(self, order: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(LOOKS):
            answer: dict[str, Any] = self.insist("createOrder", order=order)
            if answer["success"] or all(problem["code"] != "TRY_AGAIN" for problem in answer["problems"]):
                break
            self.wait(1.0, 10.0, f"orders {order['clientToken']} again {attempt}")
        return answer

    def _correct_a_refused_order(self, product_id: str) -> None:
        """A refusal gives the payment token back: the corrected order has the same."""
        order = self._complete([(product_id, 1)], "refused")
        if order is None:
            return
        line = order["products"][0]
        wrong = self._until_final({**order, "products": [{**line, "price": line["price"] + 1}]})
        if wrong["success"]:
            self._reports(order["paymentToken"], "an order above the catalogue's price was accepted")
            return
        self._order_successfully(
            {**order, "clientToken": "corrected"}, " after a correction, with the same payment token"
        )

    def _cancel_calmly(self, order_id: str) -> None:
        """It is cancelled, or packers have started."""
        self.book.asked_to_cancel.add(order_id)
        try:
            answer = self.insist("cancelOrder", orderId=order_id)
        except GraphQLError as error:
            request = self._clerk.insist("getPackagingRequest", input={"orderId": order_id})
            if error.type != "ILLEGAL_MOVE" or (request is not None and request["status"] == "NEW"):
                self._reports(order_id, f"cancelOrder answered {error} to the owner, and its packaging has not started")
            return
        if answer["orderId"] != order_id or answer["status"] != "CANCELLED":
            self._reports(order_id, f"cancelOrder answered the order {answer['orderId'][:8]}, {answer['status']}")
        self.book.cancelled.add(order_id)

    def _look_at_all(self) -> None:
        """The list has all orders of the shopper, once each, the newest first. Of a request during the day whose answer
        the shopper did not see there may be an order, too."""
        mine = {each.order_id for each in self.book.accepted.values() if each.user_id == self.user_id}
        listed: list[Any] = []
        for look in range(LOOKS):  # the list may lag behind for some seconds
            self.wait(2.0, 10.0, f"looks at the list {look}")
            listed = self.pages("getOrders", "orders")
            if mine <= {each["orderId"] for each in listed}:
                break
        ids = [each["orderId"] for each in listed]
        missing, unknown = sorted(mine - set(ids)), sorted(set(ids) - mine)
        if missing or len(ids) > len(set(ids)) or len(unknown) > self.possible_orders:
            why = f"of {len(mine)} orders {len(ids)} are listed: {missing} are missing, {unknown} are no orders of mine"
            self._reports((missing or unknown or ids)[0], why)
        if (dates := [each["createdDate"] for each in listed]) != sorted(dates, reverse=True):
            self._reports(ids[0], "the list of orders does not begin with the newest")

    def _reports(self, about: str, why: str) -> None:
        self.book.report_broken("A1", about, f"{self.name}: {why}")
