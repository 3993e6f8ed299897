"""Stock of a product that many buyers want: spread over shards, gathered in its own item again, counted and read.

Each move is one transaction, and no unit is lost or doubled by one. A product's own item says how many shards it has
(`shards`, which stays) and whether they may have available units (`spread`). Rules: `shards.py`.
"""

from collections.abc import Mapping
from typing import Any

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, Write, transact
from ecom.errors import TryAgain
from ecom.observability import count
from warehouse_service.errors import BelowReserved
from warehouse_service.known_stock import KnownStock
from warehouse_service.rows import is_spread, place_key, shards_of, stock_from_item, stock_from_items
from warehouse_service.shards import least_of_main, share
from warehouse_service.stock import Available, Stock, level
from warehouse_service.stock_effects import MAIN
from warehouse_service.transactions import PUBLISH, publish_values

CONTESTED = "too many concurrent changes of the same stock or order"


class ShardedStock:
    def __init__(self, table: Table, known: KnownStock, low_stock: int, shards: int, backoff: Backoff) -> None:
        """`shards`: over how many items a product's stock is spread, its own item included; 1 spreads none."""
        self._table, self._known, self._backoff = table, known, backoff
        self._low_stock, self._shards = low_stock, shards - 1

    # --- reading ---

    def read(self, product_id: str) -> Stock | None:
        """One number for all places. They are read one after another: while buyers are at work, the number may be that
        of no single moment."""
        own = self._table.get({"id": place_key((product_id, MAIN))})
        if own is None or not shards_of(own):
            return stock_from_item(own) if own else None
        return stock_from_items(product_id, self._items(product_id, shards_of(own)).values())

    def _items(self, product_id: str, shards: int) -> dict[int, Item]:
        found = self._known.items((product_id, number) for number in range(shards + 1))
        return {number: item for (_, number), item in sorted(found.items())}

    # --- counting ---

    def set_on_hand(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """Set the units that staff counted. Raises BelowReserved when more than that is reserved."""
        for _ in self._backoff.attempts():
            try:
                stock = self._set(product_id, on_hand, correlation_id)
            except (TableBusy, ConditionFailed):
                continue
            if stock:
                return stock
        raise TryAgain(CONTESTED)

    def _set(self, product_id: str, on_hand: int, correlation_id: str) -> Stock | None:
        try:
            stock = stock_from_item(self._set_unsharded(product_id, on_hand, correlation_id))
        except ConditionFailed as failure:
            own = failure.item
        else:
            self._known.remember(product_id, Available(stock.available))
            return stock
        if own is None or not shards_of(own):
            raise BelowReserved(on_hand, stock_from_item(own).reserved if own else 0)
        self._known.remember(product_id, None)
        return self._set_sharded(product_id, on_hand, shards_of(own), correlation_id)

    def _set_unsharded(self, product_id: str, on_hand: int, correlation_id: str) -> Item:
        return self._table.update(
            {"id": place_key((product_id, MAIN))},
            "SET #reserved = if_not_exists(#reserved, :zero), "
            f"#available = :onHand - if_not_exists(#reserved, :zero), {PUBLISH}",
            "attribute_not_exists(#shards) AND (attribute_not_exists(#reserved) OR #reserved <= :onHand)",
            returns="ALL_NEW",
            onHand=on_hand,
            **publish_values(correlation_id),
        )

    def _set_sharded(self, product_id: str, on_hand: int, shards: int, correlation_id: str) -> Stock | None:
        """Add the difference between the count and the units on hand to the product's own item. None: the stock moved
        meanwhile. Raises BelowReserved, and ConditionFailed after another count.

        Buyers change neither the difference nor, in any place, the units on hand. So two readings with the same units
        on hand are readings of one moment, however many buy.
        """
        first, items = self._items(product_id, shards), self._items(product_id, shards)
        if MAIN not in items or _on_hand(first) != _on_hand(items):
            return None
        own, stock = items[MAIN], stock_from_items(product_id, items.values())
        more, least = on_hand - stock.on_hand, least_of_main(self._low_stock, is_spread(own))
        if int(own["available"]) + more < least:
            if is_spread(own):
                self.gather(product_id, correlation_id)
                return None
            raise BelowReserved(on_hand, stock.reserved)
        values: dict[str, Any] = {
            "more": more,
            "least": least - more,
            "elsewhere": stock.available - int(own["available"]),
            "readVersion": int(own.get("version", 0)),
        }
        self._table.update(
            {"id": place_key((product_id, MAIN))},
            f"SET #available = #available + :more, #elsewhere = :elsewhere, {PUBLISH}",
            "#available >= :least AND (attribute_not_exists(#version) OR #version = :readVersion) "
            f"AND {_spread_as(own)}",
            **values,
            **publish_values(correlation_id),
        )
        return Stock(product_id, stock.available + more, stock.reserved)

    # --- moving ---

    def spread(self, product_id: str) -> bool:
        """Spread the units of the product's own item evenly over it and its shards, unless there are too few. Returns
        whether it did. Raises TableBusy."""
        own = self._table.get({"id": place_key((product_id, MAIN))})
        if own is None or not self._shards:
            return False
        shards = max(self._shards, shards_of(own))
        each = share(int(own["available"]), shards, self._low_stock)
        if not each or (is_spread(own) and self._in_shards(product_id, own) > each * shards):
            return False  # the second: another buyer spread them just now
        moved = each * shards
        entries = [
            self._table.update_entry(
                {"id": place_key((product_id, MAIN))},
                "SET #available = #available - :moved, #shards = :shards, #spread = :true REMOVE #news",
                f"#available >= :least AND {_spread_as(own)}",
                moved=moved,
                shards=shards,
                true=True,
                least=moved + least_of_main(self._low_stock, is_spread=True),
            )
        ]
        for number in range(1, shards + 1):
            # Units in a shard of a product that is not spread belong to nobody: they were left by a deleted record.
            condition = "" if is_spread(own) else "attribute_not_exists(#available) OR #available = :zero"
            entries.append(
                self._table.update_entry(
                    {"id": place_key((product_id, number))},
                    "SET #available = if_not_exists(#available, :zero) + :each, "
                    "#reserved = if_not_exists(#reserved, :zero)",
                    condition,
                    each=each,
                    zero=0,
                )
            )
        if self._moved(entries):
            count("StockSpread")
            return True
        return False

    def gather(self, product_id: str, correlation_id: str) -> bool:
        """Move the available units of all shards to the product's own item: no shard has any then. Returns whether it
        did; not when the units of a shard changed meanwhile, or those of the own item while the level is not IN. Raises
        TableBusy.

        The level stays IN, unless `low_stock` was raised since the stock was spread: then the change is published.
        """
        own = self._table.get({"id": place_key((product_id, MAIN))})
        if own is None or not is_spread(own):
            return False
        items = self._items(product_id, shards_of(own))
        units = {number: int(item["available"]) for number, item in items.items() if number != MAIN}
        before, moved = int(own["available"]), sum(units.values())
        update, condition = "SET #available = #available + :moved", "attribute_exists(#spread)"
        values: dict[str, Any] = {"moved": moved}
        if level(before + moved, self._low_stock) == "IN":
            # Concurrent buyers cannot lower the level: they leave `low_stock` + 1 units in this item.
            update += " REMOVE #spread, #elsewhere, #news"
        else:
            # Concurrent releases and returned goods could raise the level to IN: the units must be as they were read.
            update += f", {PUBLISH} REMOVE #spread, #elsewhere"
            condition += " AND #available = :before"
            values |= {"before": before, **publish_values(correlation_id)}
        entries = [self._table.update_entry({"id": place_key((product_id, MAIN))}, update, condition, **values)]
        for number, left in units.items():
            key = {"id": place_key((product_id, number))}
            entries.append(
                self._table.update_entry(key, "SET #available = :zero", "#available = :left", zero=0, left=left)
            )
        if self._moved(entries):
            count("StockGathered")
            return True
        return False

    def _in_shards(self, product_id: str, own: Item) -> int:
        items = self._items(product_id, shards_of(own))
        return stock_from_items(product_id, items.values()).available - int(own["available"])

    def _moved(self, entries: list[Write]) -> bool:
        try:
            transact(self._table.client, entries)
        except TransactionFailed:
            return False
        return True


def _on_hand(items: Mapping[int, Item]) -> dict[int, int]:
    return {number: stock_from_item(item).on_hand for number, item in items.items()}


def _spread_as(own: Item) -> str:
    """The condition that the product is spread, or not, as it was read."""
    return f"attribute_{'' if is_spread(own) else 'not_'}exists(#spread)"
