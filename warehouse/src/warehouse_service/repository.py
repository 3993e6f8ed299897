"""The warehouse table: requests and stock."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import Table, TableBusy
from ecom.errors import CallerFault, TryAgain
from ecom.observability import count
from ecom.pages import Page
from ecom.status_index import StatusIndex
from ecom.times import timestamp
from warehouse_service import domain
from warehouse_service.domain import Request, Status
from warehouse_service.errors import InsufficientStock, Shortage
from warehouse_service.known_stock import KnownStock
from warehouse_service.rows import StoredRequest, order_id_from_item, order_key, stored_request
from warehouse_service.sharded_stock import CONTESTED, ShardedStock
from warehouse_service.shards import Choose, Scattered, placed
from warehouse_service.stock import AvailableByProduct, Stock, UnitsByProduct
from warehouse_service.stock_effects import MAIN, shortages
from warehouse_service.transactions import Outdated, StockContested, Writes, in_transactions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 50
DUE_PAGE = 100
# So many conflicts of one call about a product's own item are taken for a crowd of buyers: its stock is spread.
SPREAD_AFTER = 2

# From the stored request and the available units: the new request. The same object, or None, changes nothing.
Decide = Callable[[Request | None, UnitsByProduct], Request | None]


class Warehouse(Protocol):
    """What handlers need. The table and the fake for tests pass the same contract suite."""

    def request(self, order_id: str) -> Request | None: ...
    def stock(self, product_id: str) -> Stock | None: ...
    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock: ...
    def new_order_ids(self, token: str | None) -> Page[str]: ...
    def started_order_ids(self, token: str | None) -> Page[str]: ...
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
    available: AvailableByProduct
    consistent: bool = False


class WarehouseTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        low_stock: int,
        backoff: Backoff | None = None,
        *,
        shards: int = 1,
        choose: Choose | None = None,
    ) -> None:
        self._table = Table(client, table)
        self._index = StatusIndex(self._table, "id")
        self._writes = Writes(self._table, low_stock)
        self._backoff = backoff or Backoff()
        self._known = KnownStock(self._table, self._backoff)
        self._sharded = ShardedStock(self._table, self._known, low_stock, shards, self._backoff)
        # SystemRandom: not the same in copies of one snapshot (Lambda SnapStart).
        self._low_stock, self._choose = low_stock, choose or SystemRandom().choice

    def request(self, order_id: str) -> Request | None:
        return self._stored(order_id, consistent=True).request

    def stock(self, product_id: str) -> Stock | None:
        return self._sharded.read(product_id)

    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """Set the units that staff counted. Raises BelowReserved when more than that is reserved."""
        return self._sharded.set_on_hand(product_id, on_hand, correlation_id)

    def new_order_ids(self, token: str | None) -> Page[str]:
        """Orders whose packaging has not started, the oldest first."""
        return self._order_ids(Status.NEW, token, PAGE)

    def started_order_ids(self, token: str | None) -> Page[str]:
        """Orders whose packaging has started and is not completed, the longest started first."""
        return self._order_ids(Status.IN_PROGRESS, token, PAGE)

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
            self._writes.replace_all(lapsed, self._known.remembered(), correlation_id)
        except (Outdated, TableBusy):
            return sum(self._lapse_one(new.order_id, now, correlation_id) for _, new in lapsed)
        except TryAgain:
            count("LapseContested", len(lapsed))
            return 0
        return len(lapsed)

    def _lapse_one(self, order_id: str, now: datetime, correlation_id: str) -> bool:
        try:
            request = self.change(order_id, lambda request, _available: domain.lapse(request, now), correlation_id)
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
        state = TableState(stored, self._known.of(products))
        read_first = False
        contested: Counter[str] = Counter()
        for _ in self._backoff.attempts():
            if read_first:  # after a conflict the stock may be gone: read before an attempt that cannot succeed
                state = self._read(order_id, state.available)
            read_first = True
            try:
                state, new = self._decided(order_id, state, decide)
            except Scattered as scattered:
                self._move(partial(self._sharded.gather, correlation_id=correlation_id), scattered.product_ids)
                continue
            if new is None:
                return state.stored.request
            available = {**self._known.remembered(), **state.available}
            try:
                changes = self._writes.replace(state.stored, new, available, correlation_id)
            except StockContested as busy:
                contested.update(busy.product_ids)
                hot = [each for each in busy.product_ids if contested[each] % SPREAD_AFTER == 0]
                self._move(self._sharded.spread, hot)
            except TableBusy:
                pass
            except Outdated as outdated:
                state = self._corrected(state, outdated)
                read_first = any(units and units.is_spread for units in state.available.values())
            else:
                self._known.changed(changes, available)
                return new
        raise TryAgain(CONTESTED)

    def _decided(self, order_id: str, state: TableState, decide: Decide) -> tuple[TableState, Request | None]:
        """What the decision is based on, and the request to write: None when there is nothing to write.

        Raises InsufficientStock, Scattered, and what `decide` raises, all of them on consistent reads only.
        """
        try:
            new = self._placed(state, decide)
        except (CallerFault, Scattered):
            if state.consistent:
                raise
            new = None
        if new is None and not state.consistent:
            state = self._read(order_id, state.available)
            new = self._placed(state, decide)
        return state, new

    def _placed(self, state: TableState, decide: Decide) -> Request | None:
        old = state.stored.request
        totals = {product_id: units.total if units else None for product_id, units in state.available.items()}
        new = decide(old, totals)
        if new is None or new is old:
            return None
        if found := shortages(old, new, totals):
            if state.consistent:
                self._verify(found, old, new, state.available)
            raise InsufficientStock(found)
        return placed(old, new, state.available, self._low_stock, self._choose)

    def _verify(
        self, found: Sequence[Shortage], old: Request | None, new: Request, available: AvailableByProduct
    ) -> None:
        """Raises Scattered unless the shortages are certain. The places of a spread product were read one after
        another, while units came and went."""
        for shortage in found:
            units = available[shortage.product_id]
            if units and units.is_spread:
                try:
                    whole = self._known.read_at_one_moment(shortage.product_id, units)
                except TableBusy:
                    raise Scattered(()) from None  # a buyer is at work: read again
                if not shortages(old, new, {shortage.product_id: whole.total if whole else None}):
                    raise Scattered([shortage.product_id])

    def _move(self, move: Callable[[str], bool], product_ids: Iterable[str]) -> None:
        """Spread or gather these products. Another writer may be at it: the next attempt reads what came of it."""
        for product_id in product_ids:
            with suppress(TableBusy):
                move(product_id)

    def _corrected(self, state: TableState, outdated: Outdated) -> TableState:
        available = {
            product_id: self._known.correct(state.available.get(product_id), outdated.stock, product_id)
            for product_id, number in outdated.stock
            if number == MAIN or state.available.get(product_id)
        }
        return TableState(outdated.stored or state.stored, {**state.available, **available})

    def _read(self, order_id: str, products: Iterable[str]) -> TableState:
        """The current state. Stock is read first: units that a concurrent write reserves for this very order must not
        be missing from both."""
        available = self._known.read(products)
        return TableState(self._stored(order_id, consistent=True), available, consistent=True)

    def _stored(self, order_id: str, consistent: bool) -> StoredRequest:
        return stored_request(self._table.get({"id": order_key(order_id)}, consistent=consistent))
