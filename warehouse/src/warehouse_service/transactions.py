"""Conditional writes: a request and the stock that it changes, in one transaction, without reading first (ADR 0010)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecom.dynamo import ConditionFailed, Item, Table, TransactionFailed, Write, transact
from warehouse_service.domain import Request, stock_changes
from warehouse_service.rows import StoredRequest, request_item, stock_from_item, stock_key, stored_request
from warehouse_service.stock import AvailableUnits, Stock, StockChange, band

# Assumed for a tracked product that was never read: most products have plenty, and the condition finds out.
PLENTY = 1_000_000_000
# Of one transaction.
MAX_ENTRIES = 100
_PUBLISH = "#news = :news, #correlationId = :correlation, #version = if_not_exists(#version, :zero) + :one"


class Outdated(Exception):
    """Nothing was written: items are not what the write assumed.

    `stored` is the stored request if it differs, else None. `available` has the units of products whose stock differs.
    """

    def __init__(self, stored: StoredRequest | None, available: AvailableUnits) -> None:
        super().__init__("the items that this write was decided on have changed")
        self.stored = stored
        self.available = dict(available)


class Writes:
    """Writes at most one request and its stock. Each method is one call; a TableBusy wrote nothing."""

    def __init__(self, table: Table, low_stock: int) -> None:
        self._table = table
        self._low_stock = low_stock

    def replace(
        self, stored: StoredRequest, new: Request, available: AvailableUnits, correlation_id: str
    ) -> dict[str, StockChange]:
        """Replace the stored request, change the stock, and return its changes. Raises Outdated.

        The SDK repeats a request whose answer was lost. When the item is then the one to be written, that first
        request wrote it.
        """
        item = request_item(stored, new, correlation_id)
        condition, values = "attribute_not_exists(id)", {}
        if stored.request is not None:
            condition, values = "#etag = :etag", {"etag": stored.etag}
        # Deleting a stock record ends the tracking of its product: there is no stock to change.
        changes = {
            product_id: change
            for product_id, change in stock_changes(stored.request, new).items()
            if available.get(product_id, PLENTY) is not None
        }
        updates = [
            self._stock_entry(product_id, change, available.get(product_id), correlation_id)
            for product_id, change in changes.items()
        ]
        failed: Mapping[int, Item | None] = {}
        try:
            if updates:
                transact(self._table.client, [self._table.put_entry(item, condition, **values), *updates])
            else:  # a single item needs no transaction, which costs twice as much
                self._table.put(item, condition, **values)
        except ConditionFailed as failure:
            failed = {0: failure.item}
        except TransactionFailed as failure:
            failed = failure.items
        if failed and failed.get(0) != item:
            raise _outdated(failed, list(changes))
        return changes

    def replace_all(
        self, pairs: Sequence[tuple[StoredRequest, Request]], available: AvailableUnits, correlation_id: str
    ) -> None:
        """Replace several stored requests and change their stock in one transaction. Raises Outdated without details:
        nothing was written, or a repeat of this request by the SDK found it written."""
        total: dict[str, StockChange] = {}
        for stored, new in pairs:
            for product_id, change in stock_changes(stored.request, new).items():
                total[product_id] = total.get(product_id, StockChange(0, 0)) + change
        entries = [
            self._table.put_entry(request_item(stored, new, correlation_id), "#etag = :etag", etag=stored.etag)
            for stored, new in pairs
        ]
        entries += [
            self._stock_entry(product_id, change, available.get(product_id), correlation_id)
            for product_id, change in total.items()
        ]
        try:
            transact(self._table.client, entries)
        except TransactionFailed:
            raise Outdated(None, {}) from None

    def set_on_hand(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """Make available what is not reserved of `on_hand`. Raises ConditionFailed when more than that is reserved."""
        item = self._table.update(
            {"id": stock_key(product_id)},
            "SET #reserved = if_not_exists(#reserved, :zero), "
            f"#available = :onHand - if_not_exists(#reserved, :zero), {_PUBLISH}",
            "attribute_not_exists(#reserved) OR #reserved <= :onHand",
            returns="ALL_NEW",
            onHand=on_hand,
            **_publish_values(correlation_id),
        )
        return stock_from_item(item)

    def _stock_entry(self, product_id: str, change: StockChange, available: int | None, correlation_id: str) -> Write:
        """The update of a stock item. Its condition holds exactly when the levels are as this update assumes."""
        levels = band(PLENTY if available is None else available, change, self._low_stock)
        update = "SET #available = #available + :available, #reserved = #reserved + :reserved"
        conditions = ["#reserved >= :least"]
        values: dict[str, int | str] = {"available": change.available, "reserved": change.reserved}
        values["least"] = max(0, -change.reserved)
        if change.available:
            conditions.append("#available >= :low")
            values["low"] = levels.low
            if levels.high is not None:
                conditions.append("#available <= :high")
                values["high"] = levels.high
        if levels.before == levels.after:
            update += " REMOVE #news"
        else:
            update += f", {_PUBLISH}"
            values |= _publish_values(correlation_id)
        return self._table.update_entry({"id": stock_key(product_id)}, update, " AND ".join(conditions), **values)


def in_transactions(requests: Iterable[StoredRequest]) -> Iterator[list[StoredRequest]]:
    """The requests in groups that fit in a transaction, each with the products whose stock it reserves."""
    group: list[StoredRequest] = []
    products: set[str] = set()
    for stored in requests:
        own = {line.product_id for line in stored.request.lines} if stored.request else set()
        if group and len(group) + 1 + len(products | own) > MAX_ENTRIES:
            yield group
            group, products = [], set()
        group.append(stored)
        products |= own
    if group:
        yield group


def _publish_values(correlation_id: str) -> dict[str, int | str]:
    return {"news": "StockChanged", "correlation": correlation_id, "zero": 0, "one": 1}


def _outdated(failed: Mapping[int, Item | None], products: Sequence[str]) -> Outdated:
    """The transaction has the request first, then the products."""
    available = {
        products[position - 1]: stock_from_item(item).available if item else None
        for position, item in failed.items()
        if position
    }
    return Outdated(stored_request(failed[0]) if 0 in failed else None, available)
