"""Conditional writes: a request and the stock that it changes, in one transaction, without reading first (ADR 0010)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, Write, transact
from ecom.limits import MAX_TRANSACTION_ITEMS
from warehouse_service.domain import Request
from warehouse_service.rows import StoredRequest, place_key, request_item, stored_request
from warehouse_service.stock import Available, AvailableByProduct, StockChange, band
from warehouse_service.stock_effects import MAIN, Place, place_changes, places_of

# Assumed for a tracked product that was never read: most products have plenty, and the condition finds out.
PLENTY = 1_000_000_000
PUBLISH = "#news = :news, #correlationId = :correlation, #version = if_not_exists(#version, :zero) + :one"


class Outdated(Exception):
    """Nothing was written: items are not what the write assumed.

    `stored` is the stored request if it differs, else None. `stock` has the items of places that differ, None where
    there is none.
    """

    def __init__(self, stored: StoredRequest | None, stock: Mapping[Place, Item | None]) -> None:
        super().__init__("the items that this write was decided on have changed")
        self.stored = stored
        self.stock = dict(stock)


class StockContested(TableBusy):
    """Nothing was written: another write held stock of these products, of which this one takes units."""

    def __init__(self, product_ids: Iterable[str]) -> None:
        super().__init__("DynamoDB is busy (stock is being changed)")
        self.product_ids = tuple(product_ids)


class Writes:
    """Writes at most one request and its stock. Each method is one call; a TableBusy wrote nothing."""

    def __init__(self, table: Table, low_stock: int) -> None:
        self._table = table
        self._low_stock = low_stock

    def replace(
        self, stored: StoredRequest, new: Request, available: AvailableByProduct, correlation_id: str
    ) -> dict[Place, StockChange]:
        """Replace the stored request, change the stock, and return its changes. Raises Outdated, and StockContested
        when other buyers held the own item of a product.

        The SDK repeats a request whose answer was lost. When the item is then the one to be written, that first
        request wrote it.
        """
        item = request_item(stored, new, correlation_id)
        condition, values = "attribute_not_exists(id)", {}
        if stored.request is not None:
            condition, values = "#etag = :etag", {"etag": stored.etag}
        # Deleting a stock record ends the tracking of its product: there is no stock to change.
        changes = {
            place: change
            for place, change in place_changes(stored.request, new).items()
            if available.get(place[0], _UNKNOWN) is not None
        }
        places = list(changes)
        updates = [self.stock_entry(place, changes[place], available, correlation_id) for place in places]
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
        except TableBusy as busy:
            met = [places[position - 1] for position in busy.conflicts if position]
            if taken := [product_id for product_id, number in met if _takes(changes, product_id, number)]:
                raise StockContested(taken) from busy
            raise
        if failed and failed.get(0) != item:
            raise _outdated(failed, places)
        return changes

    def replace_all(
        self, pairs: Sequence[tuple[StoredRequest, Request]], available: AvailableByProduct, correlation_id: str
    ) -> None:
        """Replace several stored requests and change their stock in one transaction. Raises Outdated without details:
        nothing was written, or a repeat of this request by the SDK found it written."""
        total: defaultdict[Place, StockChange] = defaultdict(lambda: StockChange(0, 0))
        for stored, new in pairs:
            for place, change in place_changes(stored.request, new).items():
                total[place] += change
        entries = [
            self._table.put_entry(request_item(stored, new, correlation_id), "#etag = :etag", etag=stored.etag)
            for stored, new in pairs
        ]
        entries += [self.stock_entry(place, change, available, correlation_id) for place, change in total.items()]
        try:
            transact(self._table.client, entries)
        except TransactionFailed:
            raise Outdated(None, {}) from None

    def stock_entry(
        self, place: Place, change: StockChange, available: AvailableByProduct, correlation_id: str
    ) -> Write:
        """The update of an item of stock. It publishes a change of level."""
        update = "SET #available = #available + :available, #reserved = #reserved + :reserved"
        conditions = ["#reserved >= :least"]
        values: dict[str, int | str] = {"available": change.available, "reserved": change.reserved}
        values["least"] = max(0, -change.reserved)
        product_id, number = place
        if number != MAIN:
            if change.available:
                conditions.append("#available >= :low")
                values["low"] = -change.available
            return self._table.update_entry({"id": place_key(place)}, update, " AND ".join(conditions), **values)
        # The condition of the product's own item holds exactly when the levels are as this update assumes.
        levels = band((available.get(product_id) or _UNKNOWN).main, change, self._low_stock)
        if change.available:
            conditions.append("#available >= :low")
            values["low"] = levels.low
            if levels.high is not None:
                conditions.append("#available <= :high")
                values["high"] = levels.high
        if change.available < 0 and levels.after != "IN":
            conditions.append("attribute_not_exists(#spread)")  # else the level would not be that of the product
        if levels.before == levels.after:
            update += " REMOVE #news"
        else:
            update += f", {PUBLISH}"
            values |= publish_values(correlation_id)
        return self._table.update_entry({"id": place_key(place)}, update, " AND ".join(conditions), **values)


def in_transactions(requests: Iterable[StoredRequest]) -> Iterator[list[StoredRequest]]:
    """The requests in groups that fit in a transaction, each with the items whose stock it reserves."""
    group: list[StoredRequest] = []
    places: set[Place] = set()
    for stored in requests:
        lines = stored.request.lines if stored.request else ()
        own = {(line.product_id, number) for line in lines for number in {MAIN, *places_of(line)}}
        if group and len(group) + 1 + len(places | own) > MAX_TRANSACTION_ITEMS:
            yield group
            group, places = [], set()
        group.append(stored)
        places |= own
    if group:
        yield group


def publish_values(correlation_id: str) -> dict[str, Any]:
    """The values of PUBLISH."""
    return {"news": "StockChanged", "correlation": correlation_id, "zero": 0, "one": 1}


_UNKNOWN = Available(PLENTY)


def _takes(changes: Mapping[Place, StockChange], product_id: str, number: int) -> bool:
    return number == MAIN and changes[product_id, number].available < 0


def _outdated(failed: Mapping[int, Item | None], places: Sequence[Place]) -> Outdated:
    """The transaction has the request first, then the places."""
    stock = {places[position - 1]: item for position, item in failed.items() if position}
    return Outdated(stored_request(failed[0]) if 0 in failed else None, stock)
