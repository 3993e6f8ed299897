"""Units that came back with a return become available again, once for each return."""

from collections.abc import Mapping
from datetime import datetime

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, transact
from ecom.errors import TryAgain
from ecom.times import timestamp
from warehouse_service.known_stock import KnownStock
from warehouse_service.rows import return_key
from warehouse_service.sharded_stock import CONTESTED
from warehouse_service.stock import AvailableByProduct, StockChange
from warehouse_service.stock_effects import MAIN
from warehouse_service.transactions import Writes


class Restocking:
    def __init__(self, table: Table, low_stock: int, backoff: Backoff | None = None) -> None:
        self._table, self._writes = table, Writes(table, low_stock)
        self._backoff = backoff or Backoff()
        self._known = KnownStock(table, self._backoff)

    def restock(self, return_id: str, units: Mapping[str, int], now: datetime, correlation_id: str) -> None:
        """Add the units to the stock of the tracked products. A return that was restocked changes nothing.

        The row of the return and the stock are written in one transaction. Raises TryAgain when concurrent changes of
        the same stock do not end.
        """
        for _ in self._backoff.attempts():
            available = self._known.read(units)
            if self._write(return_id, units, available, now, correlation_id):
                return
        raise TryAgain(CONTESTED)

    def _write(
        self,
        return_id: str,
        units: Mapping[str, int],
        available: AvailableByProduct,
        now: datetime,
        correlation_id: str,
    ) -> bool:
        """Whether the return is restocked. Units become available at the product's own item, as a failed delivery's."""
        tracked = {product_id: number for product_id, number in units.items() if available[product_id] is not None}
        item: Item = {"id": return_key(return_id), "units": tracked, "restockedDate": timestamp(now)}
        new = "attribute_not_exists(id)"
        changes = [
            self._writes.stock_entry((product_id, MAIN), StockChange(number, 0), available, correlation_id)
            for product_id, number in tracked.items()
        ]
        try:
            if changes:
                transact(self._table.client, [self._table.put_entry(item, new), *changes])
            else:  # a single item needs no transaction, which costs twice as much
                self._table.put(item, new)
        except ConditionFailed:
            return True
        except TransactionFailed as failure:
            return 0 in failure.items
        except TableBusy:
            return False
        return True
