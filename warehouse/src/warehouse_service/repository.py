"""The warehouse table: requests and stock."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Table, TableBusy
from ecom.errors import CallerFault, TryAgain
from ecom.observability import count
from ecom.pages import Page
from ecom.status_index import StatusIndex
from ecom.times import timestamp
from warehouse_service import domain
from warehouse_service.domain import Request, Status, shortages
from warehouse_service.errors import BelowReserved, InsufficientStock
from warehouse_service.rows import (
    StoredRequest,
    order_id_from_item,
    order_key,
    stock_from_item,
    stock_key,
    stored_request,
)
from warehouse_service.stock import AvailableUnits, Stock
from warehouse_service.transactions import Outdated, Writes, in_transactions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 50
DUE_PAGE = 100
MAX_READ_ATTEMPTS = 5
MAX_REMEMBERED = 5_000
_CONTESTED = "too many concurrent changes of the same stock or order"

# From the stored request and the available units: the new request. The same object, or None, changes nothing.
Decide = Callable[[Request | None, AvailableUnits], Request | None]


class Warehouse(Protocol):
    """What handlers need. The table and the fake for tests pass the same contract suite."""

    def request(self, order_id: str) -> Request | None: ...
    def stock(self, product_id: str) -> Stock | None: ...
    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock: ...
    def new_order_ids(self, token: str | None) -> Page[str]: ...
    def due_order_ids(self, now: datetime, token: str | None) -> Page[str]: ...
    def lapse(self, order_ids: Collection[str], now: datetime, correlation_id: str) -> int: ...
    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        expect_new: bool = False,
    ) -> Request | None: ...


@dataclass(frozen=True, slots=True)
class TableState:
    """What a decision is based on. `consistent`: read for this decision, so that it may be to write nothing."""

    stored: StoredRequest
    available: AvailableUnits
    consistent: bool = False


class WarehouseTable:
    def __init__(self, client: "DynamoDBClient", table: str, low_stock: int, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._index = StatusIndex(self._table, "id")
        self._writes = Writes(self._table, low_stock)
        self._backoff = backoff or Backoff()
        # Available units as last seen. They save a read before a write, whose condition does not rely on them.
        self._seen: dict[str, int] = {}

    def request(self, order_id: str) -> Request | None:
        return self._stored(order_id, consistent=True).request

    def stock(self, product_id: str) -> Stock | None:
        item = self._table.get({"id": stock_key(product_id)})
        return stock_from_item(item) if item else None

    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """Set the units that staff counted. Raises BelowReserved when more than that is reserved."""
        for _ in self._backoff.attempts():
            try:
                stock = self._writes.set_on_hand(product_id, on_hand, correlation_id)
            except TableBusy:
                continue
            except ConditionFailed as failure:
                reserved = stock_from_item(failure.item).reserved if failure.item else 0
                raise BelowReserved(on_hand, reserved) from None
            self._remember(product_id, stock.available)
            return stock
        raise TryAgain(_CONTESTED)

    def new_order_ids(self, token: str | None) -> Page[str]:
        """Orders whose packaging has not started, the oldest first."""
        return self._order_ids(Status.NEW, token, PAGE)

    def due_order_ids(self, now: datetime, token: str | None) -> Page[str]:
        """Orders whose reservations seem to be due, the longest due first. The index may lag behind the table."""
        return self._order_ids(Status.HELD, token, DUE_PAGE, until=timestamp(now))

    def _order_ids(self, status: Status, token: str | None, limit: int, until: str | None = None) -> Page[str]:
        page = self._index.oldest(f"packaging:{status}", status, token, limit, until)
        return Page([order_id_from_item(item) for item in page.items], page.next_token)

    def lapse(self, order_ids: Collection[str], now: datetime, correlation_id: str) -> int:
        """Lapse those of the reservations that are due. Returns how many.

        A transaction lapses as many as fit, since reservations of one product all change one item. One that is changed
        concurrently, or whose outcome is unknown, is left for the next run.
        """
        keys = [{"id": order_key(order_id)} for order_id in order_ids]
        found = [stored_request(item) for item in self._table.get_many(keys, consistent=True, backoff=self._backoff)]
        due = [stored for stored in found if stored.request and domain.is_due(stored.request, now)]
        return sum(self._lapse_group(group, now, correlation_id) for group in in_transactions(due))

    def _lapse_group(self, group: Sequence[StoredRequest], now: datetime, correlation_id: str) -> int:
        lapsed = [(stored, new) for stored in group if (new := domain.lapse(stored.request, now))]
        try:
            self._writes.replace_all(lapsed, self._seen, correlation_id)
        except (Outdated, TableBusy):
            return sum(self._lapse_one(new.order_id, now, correlation_id) for _, new in lapsed)
        except TryAgain:
            count("LapseContested", len(lapsed))
            return 0
        return len(lapsed)

    def _lapse_one(self, order_id: str, now: datetime, correlation_id: str) -> bool:
        try:
            request = self.change(order_id, lambda request, _: domain.lapse(request, now), correlation_id)
        except TryAgain:
            count("LapseContested")
            return False
        return request is not None and request.status is Status.LAPSED

    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        expect_new: bool = False,
    ) -> Request | None:
        """Decide and write the request and its stock in one transaction; decide again after a concurrent change.

        Returns the request as it then is. Raises InsufficientStock, TryAgain when concurrent changes do not end, and
        what `decide` raises. A write may be based on remembered or eventually consistent values, since its conditions
        verify them. A decision to write nothing, or to raise, is made again on consistent reads first.

        `products` are those whose available units `decide` reads. `expect_new` saves the first read.
        """
        stored = StoredRequest(None) if expect_new else self._stored(order_id, consistent=False)
        state = TableState(stored, self._available(products))
        read_first = False
        for _ in self._backoff.attempts():
            if read_first:  # after a conflict the stock may be gone: read before an attempt that cannot succeed
                state = self._read(order_id, state.available)
            try:
                new = _decided(state, decide)
            except CallerFault:
                if state.consistent:
                    raise
                new = None
            if new is None and not state.consistent:
                state = self._read(order_id, state.available)
                new = _decided(state, decide)
            if new is None:
                return state.stored.request
            available = {**self._seen, **state.available}
            try:
                changes = self._writes.replace(state.stored, new, available, correlation_id)
            except TableBusy:
                read_first = True
            except Outdated as outdated:
                read_first = False
                self._remember_all(outdated.available)
                state = TableState(outdated.stored or state.stored, {**state.available, **outdated.available})
            else:
                for product_id, change in changes.items():
                    if (units := available.get(product_id)) is not None:
                        self._remember(product_id, units + change.available)
                return new
        raise TryAgain(_CONTESTED)

    def _read(self, order_id: str, products: Iterable[str]) -> TableState:
        """The current state. Stock is read first: units that a concurrent write reserves for this very order must not
        be missing from both."""
        available = self._read_available(products)
        return TableState(self._stored(order_id, consistent=True), available, consistent=True)

    def _stored(self, order_id: str, consistent: bool) -> StoredRequest:
        return stored_request(self._table.get({"id": order_key(order_id)}, consistent=consistent))

    def _available(self, products: Iterable[str]) -> AvailableUnits:
        """Available units as remembered. Those that are not remembered are read."""
        remembered = {product_id: self._seen[product_id] for product_id in products if product_id in self._seen}
        return {**remembered, **self._read_available(set(products) - set(remembered))}

    def _read_available(self, products: Iterable[str]) -> AvailableUnits:
        found: dict[str, int | None] = dict.fromkeys(products)
        keys = [{"id": stock_key(product_id)} for product_id in sorted(found)]
        backoff = replace(self._backoff, max_attempts=MAX_READ_ATTEMPTS)
        for item in self._table.get_many(keys, consistent=True, backoff=backoff):
            stock = stock_from_item(item)
            found[stock.product_id] = stock.available
        self._remember_all(found)
        return found

    def _remember_all(self, available: AvailableUnits) -> None:
        for product_id, units in available.items():
            self._remember(product_id, units)

    def _remember(self, product_id: str, units: int | None) -> None:
        """Untracked products are not remembered: no condition would notice that one has become tracked."""
        self._seen.pop(product_id, None)
        if units is not None:
            if len(self._seen) >= MAX_REMEMBERED:
                self._seen.clear()
            self._seen[product_id] = units


def _decided(state: TableState, decide: Decide) -> Request | None:
    """The request to write, None when there is nothing to write. Raises InsufficientStock."""
    old = state.stored.request
    new = decide(old, state.available)
    if new is None or new is old:
        return None
    if found := shortages(old, new, state.available):
        raise InsufficientStock(found)
    return new
