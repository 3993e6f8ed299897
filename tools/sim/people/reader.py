"""An employee reads lists that no other script requests, and compares the answers with each other.

All of it happens after the faults have ended, when the catalogue does not change. What is compared is what the
reader's own user interface could compare: lists with single items, an order with its delivery.
"""

from collections.abc import Mapping
from typing import Any

from tools.sim.appsync import GraphQLError
from tools.sim.people.admin import CATEGORIES
from tools.sim.people.person import GaveUp, Person

LOOKS = 4
MOST_USERS = 3


class Reader(Person):
    groups = ("admin", "warehouse", "delivery")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._evenings = 0
        self._delivered_before: list[str] = []
        self._compared: set[str] = set()

    def finish(self) -> bool:
        """Read. There is nothing to do for others afterwards."""
        self._evenings += 1
        try:
            if self._evenings == 1:
                self._read_catalogue()
                self._read_stock()
                self._read_orders_of_users()
            self._read_deliveries()
            self.pages("getStartedPackagingRequestIds", "packagingRequestIds")
        except (GaveUp, GraphQLError) as error:
            self._reports("", f"an answer to {self.name} was {error}, while nothing fails")
        self._delivered_before = list(self.book.delivered)
        return False

    def _read_catalogue(self) -> None:
        """The lists show the products as getProduct does."""
        found = {product_id: self.insist("getProduct", productId=product_id) for product_id in self.book.products}
        there = {product_id: product for product_id, product in found.items() if product is not None}
        self._compare("getProducts", there)
        for category in CATEGORIES:
            of_category = {
                product_id: product for product_id, product in there.items() if product["category"] == category
            }
            self._compare("getProductsByCategory", of_category, category=category)

    def _compare(self, field: str, expected: Mapping[str, Any], **arguments: Any) -> None:
        listed: list[Any] = []
        for look in range(LOOKS):  # an index may lag behind for some seconds
            listed = sorted(self.pages(field, "products", **arguments), key=lambda each: str(each["productId"]))
            if listed == [expected[product_id] for product_id in sorted(expected)]:
                return
            self.wait(2.0, 10.0, f"reads {field} {arguments} again {look}")
        for product_id in sorted({*expected, *(each["productId"] for each in listed)}):
            shown = [each for each in listed if each["productId"] == product_id]
            if shown != [expected[product_id]] * (product_id in expected):
                self._reports(
                    product_id, f"{field} {arguments or ''} shows {shown}, getProduct {expected.get(product_id)}"
                )

    def _read_stock(self) -> None:
        """Levels fit the units that are available. Staff may change the stock meanwhile: then nothing is compared."""
        for product_id in self.book.products:
            before = self.insist("getStock", productId=product_id)
            (shown,) = self.insist("getAvailability", productIds=[product_id])
            if self.insist("getStock", productId=product_id) != before:
                continue
            fits = level_fits(shown["level"], None if before is None else before["available"])
            if shown["productId"] != product_id or not fits:
                self._reports(product_id, f"getStock shows {before}, getAvailability {shown}")

    def _read_orders_of_users(self) -> None:
        """The orders of some shoppers."""
        users = sorted({each.user_id for each in self.book.accepted.values()})
        for number in range(min(MOST_USERS, len(users))):
            user_id = self.choose(users, f"whose orders {number}")
            missing: list[str] = []
            for look in range(LOOKS):  # the shopper may have ordered just now, and an index may lag behind
                accepted = {order_id for order_id, each in self.book.accepted.items() if each.user_id == user_id}
                listed = [each["orderId"] for each in self.pages("getOrdersByUser", "orders", userId=user_id)]
                missing = sorted(accepted - set(listed))
                if not missing:
                    break
                self.wait(2.0, 10.0, f"reads the orders of {user_id} again {look}")
            if missing:
                self._reports(missing[0], f"getOrdersByUser of {user_id[:8]} does not list an accepted order")

    def _read_deliveries(self) -> None:
        """Orders that were delivered before this evening began have the carrier and the number of their delivery."""
        for order_id in self._delivered_before:
            if order_id in self._compared:
                continue
            self._compared.add(order_id)
            order = self.insist("getOrder", orderId=order_id)
            delivery = self.insist("getDelivery", input={"orderId": order_id})
            if order is None or delivery is None:
                self._reports(order_id, f"of a delivered order getOrder shows {order}, getDelivery {delivery}")
                continue
            named = self.book.shipments.get(order_id, delivery["shipment"])
            if not order["shipment"] == delivery["shipment"] == named or named is None:
                shown = f"the order shows {order['shipment']}, the delivery {delivery['shipment']}"
                self._reports(order_id, f"{shown}, the deliverer named {self.book.shipments.get(order_id)}")

    def _reports(self, about: str, why: str) -> None:
        self.book.report_broken("A1", about, why)


def level_fits(level: str, available: int | None) -> bool:
    """How many units are LOW is a setting of the warehouse."""
    if available is None:
        return level == "IN"
    return (level == "OUT") == (available == 0)
