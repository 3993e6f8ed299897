"""From which places an order takes its units, and how stock is spread over shards. Pure.

When a product is spread, its own item keeps more than `low_stock` units. Shards have units only while the level is IN,
and taking from them never changes it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from ecom.limits import MAX_TRANSACTION_ITEMS
from warehouse_service.domain import RESERVES_STOCK, Line, Request
from warehouse_service.stock import Available, AvailableByProduct
from warehouse_service.stock_effects import MAIN, places_of

# With fewer units for each place, spreading costs more than it saves.
LEAST_SHARE = 4
MOST_PLACES = MAX_TRANSACTION_ITEMS - 1  # the request is one of the items

# One of several places. Random, so that buyers who come together take different ones.
Choose = Callable[[Sequence[int]], int]


class Scattered(Exception):
    """The places from which these products may be taken have too few units, or are too many. All units of a product
    are to be moved to its own item."""

    def __init__(self, product_ids: Collection[str]) -> None:
        super().__init__("the units of a product must be gathered first")
        self.product_ids = tuple(product_ids)


def placed(old: Request | None, new: Request, available: AvailableByProduct, low_stock: int, choose: Choose) -> Request:
    """The request with the places from which its lines are taken. Raises Scattered.

    Units that the order has already stay where they were taken. The others come from one place, or from the fullest
    ones when no place has enough. One transaction can change all these places, now and when the units become free.
    """
    if new.status not in RESERVES_STOCK:
        return new
    own = {line.product_id: line for line in old.lines} if old and old.status in RESERVES_STOCK else {}
    lines: list[Line] = []
    scattered: list[str] = []
    for line in new.lines:
        before = own.get(line.product_id)
        units = available.get(line.product_id)
        is_sharded = (units and units.is_spread) or (before and before.shards)
        if not line.tracked or line == before or not is_sharded:
            lines.append(line)
            continue
        kept = _kept(before, line.quantity)
        missing = line.quantity - sum(kept.values())
        more = _taken(missing, units, low_stock, choose)
        if more is None:
            scattered.append(line.product_id)
            continue
        for number, taken in more.items():
            kept[number] = kept.get(number, 0) + taken
        lines.append(replace(line, shards={number: taken for number, taken in sorted(kept.items()) if number != MAIN}))
    if scattered := scattered or _in_too_many_places(lines, available):
        raise Scattered(scattered)
    return replace(new, lines=tuple(lines))


def _in_too_many_places(lines: Sequence[Line], available: AvailableByProduct) -> list[str]:
    """The products to gather so that the lines have as many places as a transaction may change. Free units go to the
    product's own item, so a line has that place beside its shards."""
    shards = {line.product_id: len(line.shards) for line in lines if line.tracked}
    too_many = len(shards) + sum(shards.values()) - MOST_PLACES
    found: list[str] = []
    for product_id in sorted(shards, key=lambda each: shards[each], reverse=True):
        units = available.get(product_id)
        if too_many > 0 and shards[product_id] and units and units.is_spread:
            found.append(product_id)
            too_many -= shards[product_id]
    return found


def share(available: int, shards: int, low_stock: int) -> int:
    """The units that each shard gets of the product's own item, which keeps as many beside what it keeps back. 0: there
    are too few to spread."""
    units = (available - _kept_back(low_stock)) // (shards + 1)
    return units if units >= LEAST_SHARE else 0


def least_of_main(low_stock: int, is_spread: bool) -> int:
    """The fewest units that the product's own item may have."""
    return _kept_back(low_stock) if is_spread else 0


def _kept_back(low_stock: int) -> int:
    return low_stock + 1


def _kept(line: Line | None, quantity: int) -> dict[int, int]:
    """The units of an earlier line by place, as many as are still wanted."""
    kept: dict[int, int] = {}
    for number, units in (places_of(line) if line and line.tracked else {}).items():
        if left := min(units, quantity - sum(kept.values())):
            kept[number] = left
    return kept


def _taken(missing: int, units: Available | None, low_stock: int, choose: Choose) -> dict[int, int] | None:
    """The missing units by place. None when the places do not have them."""
    if missing <= 0:
        return {}
    if units is None or not units.is_spread:
        return {MAIN: missing}
    places = {MAIN: units.main - _kept_back(low_stock), **units.shards}
    if enough := [number for number, left in places.items() if left >= missing]:
        return {choose(enough): missing}
    taken: dict[int, int] = {}
    for number, left in sorted(places.items(), key=lambda place: place[1], reverse=True):
        if missing and left > 0:
            taken[number] = min(left, missing)
            missing -= taken[number]
    return None if missing else taken
