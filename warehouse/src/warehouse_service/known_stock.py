"""The available units that an execution environment saw last, and how they are read."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ecom.backoff import Backoff
from ecom.dynamo import Item, Table
from warehouse_service.rows import is_spread, place_key, place_of, shards_of
from warehouse_service.stock import Available, AvailableByProduct, StockChange
from warehouse_service.stock_effects import MAIN, Place

MAX_READ_ATTEMPTS = 5
MAX_REMEMBERED = 5_000


class KnownStock:
    """Remembered units save a read before a write, whose condition does not rely on them."""

    def __init__(self, table: Table, backoff: Backoff) -> None:
        self._table = table
        self._backoff = replace(backoff, max_attempts=MAX_READ_ATTEMPTS)
        self._seen: dict[str, Available] = {}

    def remembered(self) -> dict[str, Available]:
        return dict(self._seen)

    def of(self, products: Iterable[str]) -> AvailableByProduct:
        """Available units as remembered. Those that are not remembered are read."""
        remembered = {product_id: self._seen[product_id] for product_id in products if product_id in self._seen}
        return {**remembered, **self.read(set(products) - set(remembered))}

    def read(self, products: Iterable[str]) -> AvailableByProduct:
        """Available units, each item read consistently; None for an untracked product."""
        wanted = set(products)
        remembered = {product_id: self._seen[product_id] for product_id in wanted if product_id in self._seen}
        shards = {(each, number) for each, units in remembered.items() for number in units.shards}
        items = self.items({(product_id, MAIN) for product_id in wanted} | shards)
        more = {
            (product_id, number)
            for (product_id, place), item in items.items()
            if place == MAIN and is_spread(item)
            for number in range(1, shards_of(item) + 1)
        }
        if missing := more - shards:
            items |= self.items(missing)
        found = {product_id: _available(product_id, items) for product_id in wanted}
        for product_id, units in found.items():
            self.remember(product_id, units)
        return found

    def read_at_one_moment(self, product_id: str, units: Available) -> Available | None:
        """Available units of a spread product in one snapshot. Raises TableBusy while one of its items is written."""
        places = [(product_id, number) for number in (MAIN, *units.shards)]
        items = self._table.get_at_one_moment([{"id": place_key(place)} for place in places])
        return _available(product_id, {place_of(item): item for item in items})

    def items(self, places: Iterable[Place]) -> dict[Place, Item]:
        """The items of stock in these places, each read consistently. Those that do not exist are missing."""
        keys = [{"id": place_key(place)} for place in sorted(places)]
        found = self._table.get_many(keys, consistent=True, backoff=self._backoff)
        return {place_of(item): item for item in found}

    def correct(self, units: Available | None, stock: Mapping[Place, Item | None], product_id: str) -> Available | None:
        """The units after a write of this product was refused because of what these places hold."""
        shards = dict(units.shards) if units else {}
        for (of, number), item in stock.items():
            if of == product_id and number != MAIN:
                shards[number] = int(item["available"]) if item else 0
        if (product_id, MAIN) in stock:
            own = stock[product_id, MAIN]
            known = Available(int(own["available"]), shards if is_spread(own) else {}, is_spread(own)) if own else None
        else:
            known = replace(units, shards=shards) if units else None
        self.remember(product_id, known)
        return known

    def changed(self, changes: Mapping[Place, StockChange], available: AvailableByProduct) -> None:
        """Remember the units after this write."""
        for product_id in {product_id for product_id, _ in changes}:
            if (units := available.get(product_id)) is None:
                continue
            taken = {number: change.available for (of, number), change in changes.items() if of == product_id}
            shards = {number: left + taken.get(number, 0) for number, left in units.shards.items()}
            self.remember(product_id, replace(units, main=units.main + taken.get(MAIN, 0), shards=shards))

    def remember(self, product_id: str, units: Available | None) -> None:
        """Untracked products are not remembered: no condition would notice that one has become tracked."""
        self._seen.pop(product_id, None)
        if units is not None:
            if len(self._seen) >= MAX_REMEMBERED:
                self._seen.clear()
            self._seen[product_id] = units


def _available(product_id: str, items: Mapping[Place, Item]) -> Available | None:
    own = items.get((product_id, MAIN))
    if own is None:
        return None
    if not is_spread(own):
        return Available(int(own["available"]))
    shards = {
        number: int(items[product_id, number]["available"]) if (product_id, number) in items else 0
        for number in range(1, shards_of(own) + 1)
    }
    return Available(int(own["available"]), shards, is_spread=True)
