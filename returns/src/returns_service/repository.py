"""The table of returns.

Guarantees: a return changes on the condition that it is as it was when the change was decided. A return is stored, and
changes what it holds of its order, in one transaction with the order's row of held units. So at most one return holds a
delivered unit, whatever happens at the same moment.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, Write, can_be_key, transact
from ecom.pages import Page
from ecom.status_index import StatusIndex
from returns_service.domain import Return, Units, held_by
from returns_service.errors import NoSuchReturn, TooManyConflicts
from returns_service.rows import (
    OPEN_QUEUE,
    Stored,
    order_key,
    return_from_item,
    return_item,
    return_key,
    stored_from_item,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 10
PAGE = 20  # with the longest texts they fit in an answer of AppSync
NEW = "attribute_not_exists(#id)"
AT_ETAG = "#etag = :etag"

# Arguments: the units held by the order's other returns, and the number of lines of all of them.
DecideNew = Callable[[Units, int], Return]
# The same object changes nothing.
Decide = Callable[[Return], Return]


class Returns:
    def __init__(self, client: "DynamoDBClient", table: str, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._index = StatusIndex(self._table, "id")
        self._backoff = backoff or Backoff(max_attempts=MAX_ATTEMPTS)

    # --- reading ---

    def find(self, return_id: str) -> Return | None:
        stored = self._stored(return_id)
        return stored.value if stored else None

    def of_order(self, order_id: str) -> list[Return]:
        """The newest first. The index may lag behind the table by a moment."""
        if not can_be_key(order_id):
            return []
        pages = self._table.pages(
            IndexName="order",
            KeyConditionExpression="orderId = :order",
            values={"order": order_id},
            ScanIndexForward=False,
        )
        return self._read(item["id"] for items in pages for item in items)

    def open(self, token: str | None) -> Page[Return]:
        """A page of those that wait for a decision or for goods, the oldest first. Raises InvalidToken."""
        page = self._index.oldest("returns:open", OPEN_QUEUE, token, PAGE)
        return Page(self._read(item["id"] for item in page.items), page.next_token)

    def _read(self, keys: Iterable[str]) -> list[Return]:
        order = {key: position for position, key in enumerate(keys)}
        items = self._table.get_many(({"id": key} for key in order), consistent=True)
        return [return_from_item(item) for item in sorted(items, key=lambda item: order[item["id"]])]

    def _stored(self, return_id: str) -> Stored | None:
        if not can_be_key(return_key(return_id)):
            return None
        item = self._table.get({"id": return_key(return_id)})
        return stored_from_item(item) if item else None

    # --- writing ---

    def add(self, order_id: str, decide: DecideNew, correlation_id: str) -> Return:
        """Store what `decide` makes of the order's other returns. A return that is stored already is returned instead.
        Raises what `decide` raises."""
        for _ in self._backoff.attempts():
            held = self._table.get({"id": order_key(order_id)})
            new = decide(_units(held), _lines(held))
            item = return_item(None, new, correlation_id)
            hold = self._hold(held, order_id, {}, new, len(new.lines))
            try:
                transact(self._table.client, [self._table.put_entry(item, NEW), hold])
            except TransactionFailed as failure:
                if found := failure.items.get(0):
                    return return_from_item(found)
            except TableBusy:
                continue
            else:
                return new
        raise TooManyConflicts

    def add_refused(self, refused: Return, correlation_id: str) -> Return:
        """Store a return that holds nothing. A return that is stored already is returned instead."""
        try:
            self._table.put(return_item(None, refused, correlation_id), NEW)
        except ConditionFailed as failure:
            if failure.item is None:
                raise TooManyConflicts from None
            return return_from_item(failure.item)
        return refused

    def change(self, return_id: str, decide: Decide, correlation_id: str) -> Return:
        """The return as it then is. Raises NoSuchReturn and what `decide` raises."""
        for _ in self._backoff.attempts():
            stored = self._stored(return_id)
            if stored is None:
                raise NoSuchReturn
            new = decide(stored.value)
            if new is stored.value:
                return new
            try:
                written = self._replace(stored, new, correlation_id)
            except TableBusy:
                continue
            if written:
                return new
        raise TooManyConflicts

    def _replace(self, stored: Stored, new: Return, correlation_id: str) -> bool:
        """Whether it is written: not when the return, or the held units of its order, changed meanwhile."""
        item = return_item(stored, new, correlation_id)
        before, after = held_by(stored.value), held_by(new)
        try:
            if before == after:
                self._table.put(item, AT_ETAG, etag=stored.etag)
            else:
                held = self._table.get({"id": order_key(new.order_id)})
                put = self._table.put_entry(item, AT_ETAG, etag=stored.etag)
                transact(self._table.client, [put, self._hold(held, new.order_id, before, new)])
        except ConditionFailed as failure:
            # The SDK repeats a request whose answer was lost: then the stored item is the one to be written.
            return failure.item == item
        except TransactionFailed as failure:
            return failure.items.get(0) == item
        return True

    def _hold(self, held: Item | None, order_id: str, before: Units, new: Return, more_lines: int = 0) -> Write:
        """The row of the order's held units, with what this return holds now in the place of what it held.
        `lines` counts the lines of all returns ever added; it never decreases."""
        units = dict(_units(held))
        after = held_by(new)
        for product_id in {*before, *after}:
            units[product_id] = units.get(product_id, 0) - before.get(product_id, 0) + after.get(product_id, 0)
        etag = int(held["etag"]) if held else 0
        item = {
            "id": order_key(order_id),
            "units": {product_id: number for product_id, number in units.items() if number > 0},
            "lines": _lines(held) + more_lines,
            "etag": etag + 1,
        }
        return self._table.put_entry(item, AT_ETAG, etag=etag) if held else self._table.put_entry(item, NEW)


def _units(held: Item | None) -> dict[str, int]:
    return {product_id: int(number) for product_id, number in held["units"].items()} if held else {}


def _lines(held: Item | None) -> int:
    """The lines of the order's returns. Returns that were stored before lines were counted count as 0, so the limit is
    not strict for old orders."""
    return int(held.get("lines", 0)) if held else 0
