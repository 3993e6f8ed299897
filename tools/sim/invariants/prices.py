"""M4: a new order has the prices of the catalogue at that moment, and the price that getDeliveryPricing answered."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

# From the check of a price to the write of the order, and how far reads may lag behind.
LATE_SECONDS = 15.0


class Prices:
    def __init__(self, world: "World", book: "Book", found: Callable[[Violation], None]) -> None:
        self._world, self._book, self._found = world, book, found

    def check(self, order: Mapping[str, Any]) -> None:
        about, units = order["orderId"], Counter[str]()
        oldest = self._world.scheduler.now - LATE_SECONDS
        for line in order["products"]:
            units[line["productId"]] += int(line["quantity"])
            same = [each for each in self._book.prices.get(line["productId"], ()) if each.amount == line["price"]]
            if not any(each.gone_at is None or each.gone_at > oldest for each in same):
                why = "cost that before, not now" if same else "never cost that"
                self._found(Violation("M4", f"{line['productId']} at {line['price']}: it {why}", about))
        place = order["address"]["country"], frozenset(units.items())
        expected = self._book.delivery_prices.get(place)
        if expected not in (None, order["deliveryPrice"]):
            self._found(Violation("M4", f"the delivery costs {expected}, not {order['deliveryPrice']}", about))
