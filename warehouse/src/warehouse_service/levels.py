"""The levels of products: IN, LOW or OUT, and never a number of units."""

from collections.abc import Sequence

from ecom.backoff import Backoff
from ecom.dynamo import Table
from warehouse_service.inputs import can_be_id
from warehouse_service.rows import availability_from_item, stock_key
from warehouse_service.stock import Availability


class Levels:
    def __init__(self, table: Table, low_stock: int, backoff: Backoff | None = None) -> None:
        self._table, self._low_stock, self._backoff = table, low_stock, backoff

    def of(self, product_ids: Sequence[str]) -> list[Availability]:
        """The availability of each product in the order of the ids, repeated ids once. An untracked product is IN.

        One item is read for each product, however many shards it has. The read is consistent: it shows a change whose
        event was published. Raises TableBusy.
        """
        wanted = list(dict.fromkeys(product_ids))
        keys = [{"id": stock_key(product_id)} for product_id in wanted if can_be_id(product_id)]
        items = self._table.get_many(keys, consistent=True, backoff=self._backoff)
        found = {each.product_id: each for each in (availability_from_item(item, self._low_stock) for item in items)}
        return [found.get(product_id) or Availability(product_id, "IN") for product_id in wanted]
