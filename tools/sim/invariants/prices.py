"""M4: a new order has the prices of the catalogue at that moment, and the price that getDeliveryPricing answered. It
keeps them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from tools.sim.invariants.violation import Violation
from tools.sim.people.admin import name_of, package_of

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

# How long a new order may still have an old price: from the check of the price to the write of the order, and how far
# reads lag behind.
PRICE_VALID_SECONDS = 15.0
# As delivery-pricing has them, for the countries of the shoppers.
FEE_OF_BOX = {"FI": 0, "DE": 1000, "US": 1500, "BR": 2500}
BOX_CUBIC_MILLIMETRES, BOX_GRAMS = 500**3, 12_000
# What an order keeps as it was created.
FIXED = ("userId", "paymentToken", "deliveryPrice", "address", "currency", "channel")


class Prices:
    def __init__(self, world: "World", book: "Book", found: Callable[[Violation], None]) -> None:
        self._world, self._book, self._found = world, book, found

    def check_new_order(self, order: Mapping[str, Any]) -> None:
        about, units = order["orderId"], Counter[str]()
        oldest = self._world.scheduler.now - PRICE_VALID_SECONDS
        for line in order["products"]:
            units[line["productId"]] += int(line["quantity"])
            if line["name"] != name_of(line["productId"]):
                self._found(Violation("M4", f"{line['productId']} is sold as {line['name']!r}", about))
            same = [each for each in self._book.prices.get(line["productId"], ()) if each.amount == line["price"]]
            if not any(each.gone_at is None or each.gone_at > oldest for each in same):
                why = "cost that before, not now" if same else "never cost that"
                self._found(Violation("M4", f"{line['productId']} at {line['price']}: it {why}", about))
        country = order["address"]["country"]
        answered = self._book.delivery_prices.get((country, frozenset(units.items())))
        for expected in (answered, delivery_price(units, country)):
            if expected not in (None, order["deliveryPrice"]):
                self._found(Violation("M4", f"the delivery costs {expected}, not {order['deliveryPrice']}", about))


def delivery_price(units: Mapping[str, int], country: str) -> int | None:
    """What the delivery of these units by product costs by the list of fees; None elsewhere."""
    fee = FEE_OF_BOX.get(country.upper())
    if fee is None:
        return None
    volume = weight = 0
    for product_id, number in units.items():
        package = package_of(product_id)
        volume += number * package["width"] * package["length"] * package["height"]
        weight += number * package["weight"]
    return max(ceil(volume / BOX_CUBIC_MILLIMETRES), ceil(weight / BOX_GRAMS)) * fee


def violations_of_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Violation]:
    """What is wrong with a write of an existing order: units may leave it until it is packed; prices and what is
    `FIXED` stay."""
    about = new["orderId"]
    if new["total"] != sum_of(new):
        yield Violation("M4", f"the total {new['total']} is not the sum of its lines, {sum_of(new)}", about)
    if old.get("packagedDate") and new["total"] != old["total"]:
        yield Violation("M4", "the total changed after packaging", about)
    for name in FIXED:
        if old.get(name) != new.get(name):
            yield Violation("M4", f"the {name} of the order changed", about)
    before, after = _units_by_price(old), _units_by_price(new)
    if any(units > before[line] for line, units in after.items()):
        yield Violation("M4", f"{dict(before)} was ordered, and became {dict(after)}", about)


def _units_by_price(order: Mapping[str, Any]) -> Counter[tuple[str, int]]:
    units = Counter[tuple[str, int]]()
    for line in order["products"]:
        units[line["productId"], int(line["price"])] += int(line["quantity"])
    return units


def sum_of(order: Mapping[str, Any]) -> int:
    return int(sum(line["price"] * line["quantity"] for line in order["products"]) + order["deliveryPrice"])
