"""An order's request in the warehouse: first a reservation, then what staff pack. Pure.

HELD -> NEW -> IN_PROGRESS -> COMPLETED | FAILED;  HELD -> LAPSED -> HELD | NEW;  HELD | LAPSED | NEW -> CANCELLED

Every rule takes the stored request (None: there is none) and returns the new one; the same object means no change.
Rules never touch stock: `stock_effects` derives the change of stock from the old and the new request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ecom.validation import integer
from warehouse_service.errors import AttemptAtWork, IllegalTransition, LineNotFound, PackagingStarted, RequestNotFound
from warehouse_service.stock import UnitsByProduct

# Units by product id.
Quantities = Mapping[str, int]


class Status(StrEnum):
    HELD = "HELD"
    LAPSED = "LAPSED"
    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


RESERVES_STOCK = frozenset((Status.HELD, Status.NEW, Status.IN_PROGRESS))
# Reservations that no order owns yet. Staff do not see them.
RESERVATIONS = frozenset((Status.HELD, Status.LAPSED))
CANCELLABLE = frozenset((Status.HELD, Status.LAPSED, Status.NEW))

# Longer than createOrder can be at work. A reservation lives at least as long.
AT_WORK = timedelta(seconds=15)

_EVENTS = {
    Status.COMPLETED: "PackageCreated",
    Status.FAILED: "PackagingFailed",
    Status.CANCELLED: "PackagingCancelled",
}


@dataclass(frozen=True, slots=True)
class Line:
    """`tracked`: the product had a stock record when it was reserved. Other lines never change stock. `shards` has the
    units by the number of the shard that they were taken from; the others are of the product's own item."""

    product_id: str
    quantity: int
    packaged: int
    tracked: bool
    shards: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """Lists are sorted by `since`: the start of the status, or the end of a reservation. `sequence` is the highest of
    the order events that were applied. `attempt` is the request that made the reservation, if it may release it.
    `reserved_at` is known while the reservation is being made: of its time the row keeps an entry of its history."""

    order_id: str
    status: Status
    lines: tuple[Line, ...]
    since: datetime
    expires_at: datetime | None = None
    delivery_failed: bool = False
    sequence: int = 0
    attempt: str = ""
    reserved_at: datetime | None = field(default=None, compare=False)


def event_name(old: Request | None, new: Request) -> str | None:
    """The event to publish when `new` replaces `old`, None for none.

    PackagingCancelled is published a second time when an order arrives that was cancelled before: a consumer that did
    not know the order the first time could not react.
    """
    is_published = old is not None and old.status is new.status and bool(old.lines or not new.lines)
    return None if is_published else _EVENTS.get(new.status)


# --- reservations ---


def reserve(
    request: Request | None,
    order_id: str,
    wanted: Quantities,
    available: UnitsByProduct,
    now: datetime,
    lifetime: timedelta,
    attempt: str = "",
) -> Request:
    """Reserve the wanted units. A request that an order owns, or that has ended, does not change.

    A repeat with the same lines changes nothing, or extends a reservation that is past half of its lifetime. Other
    lines replace the reserved ones. Another attempt takes the reservation over; with other lines it raises
    AttemptAtWork until the attempt that reserved cannot create the order any more.
    """
    if request is not None and request.status not in RESERVATIONS:
        return request
    lines = _lines(request, wanted, available)
    if request is not None and lines != request.lines and _is_at_work(request, attempt, now, lifetime):
        raise AttemptAtWork
    is_fresh = request is not None and request.expires_at is not None and request.expires_at - now > lifetime / 2
    is_same = request is not None and (request.status, request.lines, request.attempt) == (Status.HELD, lines, attempt)
    if request is not None and is_same and is_fresh:
        return request
    expires_at = now + lifetime
    made = request or Request(order_id, Status.HELD, lines, now)
    held = replace(made, status=Status.HELD, lines=lines, since=expires_at, expires_at=expires_at, attempt=attempt)
    return replace(held, reserved_at=now)


def _is_at_work(request: Request, attempt: str, now: datetime, lifetime: timedelta) -> bool:
    """Whether the attempt that made the reservation is another one, and may create the order at this moment."""
    if request.status is not Status.HELD or request.expires_at is None or request.attempt in ("", attempt):
        return False
    return bool(attempt) and now < request.expires_at - lifetime + AT_WORK


def release(request: Request | None, attempt: str, now: datetime) -> Request | None:
    """The order is refused: free the stock that this very attempt reserved. Any other request does not change."""
    if request is None or request.status is not Status.HELD or request.attempt != attempt:
        return request
    return replace(request, status=Status.LAPSED, since=now)


def lapse(request: Request | None, now: datetime) -> Request | None:
    """Free the stock of a due reservation. Any other request does not change."""
    if request is None or not is_due(request, now):
        return request
    return replace(request, status=Status.LAPSED, since=now)


def keep(request: Request | None, now: datetime, lifetime: timedelta) -> Request | None:
    """An order owns the due reservation although its event has not arrived: it keeps its stock for another lifetime."""
    if request is None or not is_due(request, now):
        return request
    return replace(request, since=now + lifetime, expires_at=now + lifetime)


def is_due(request: Request, now: datetime) -> bool:
    return request.status is Status.HELD and request.expires_at is not None and request.expires_at <= now


# --- events about the order ---


def accept(
    request: Request | None,
    order_id: str,
    wanted: Quantities,
    available: UnitsByProduct,
    now: datetime,
    sequence: int = 0,
) -> Request:
    """The order was created: its reservation becomes a packaging request with the order's lines.

    Without a reservation the stock is reserved now. A repeated event changes nothing. A request that was cancelled
    stays cancelled and reserves nothing; when it has no lines yet, it gets the order's, once.
    """
    if request is not None and request.status is Status.CANCELLED and not request.lines and wanted:
        return replace(request, lines=_lines(None, wanted, {}), sequence=max(sequence, request.sequence))
    if request is not None and request.status not in RESERVATIONS:
        return request
    lines = _lines(request, wanted, available)
    made = request or Request(order_id, Status.NEW, lines, now)
    return replace(made, status=Status.NEW, lines=lines, since=now, sequence=max(sequence, made.sequence), attempt="")


def fail(request: Request | None, order_id: str, wanted: Quantities, now: datetime, sequence: int = 0) -> Request:
    """There is too little stock for a new or changed order: packaging fails, and the order's reservation is freed."""
    if request is not None and request.status not in RESERVATIONS | {Status.NEW}:
        return request
    lines = request.lines if request else _lines(None, wanted, {})
    made = request or Request(order_id, Status.FAILED, lines, now)
    return replace(made, status=Status.FAILED, since=now, sequence=max(sequence, made.sequence))


def change_lines(
    request: Request | None,
    order_id: str,
    wanted: Quantities,
    available: UnitsByProduct,
    now: datetime,
    sequence: int = 0,
) -> Request | None:
    """The order's lines changed: so do those of a request that staff have not started. An older event is stale.

    An order without a request gets none. A reservation becomes the order's request, as with `accept`: this event
    overtook OrderCreated.
    """
    is_open = request is not None and request.status in RESERVATIONS | {Status.NEW}
    if request is None or not is_open or (sequence and sequence <= request.sequence):
        return request
    if request.status is not Status.NEW:
        return accept(request, order_id, wanted, available, now, sequence)
    lines = _lines(request, wanted, available)
    return replace(request, lines=lines, sequence=max(sequence, request.sequence))


def cancel_deleted(request: Request | None, now: datetime) -> Request | None:
    """Cancel the request of a deleted order. Packaging that staff have started continues."""
    if request is None or request.status not in CANCELLABLE:
        return request
    return replace(request, status=Status.CANCELLED, since=now)


def return_package(request: Request | None) -> Request | None:
    """The delivery failed: the packaged units become available again, once. If packaging is not completed yet, they do
    when it is."""
    if request is None or request.delivery_failed or request.status in (Status.FAILED, Status.CANCELLED):
        return request
    return replace(request, delivery_failed=True)


def cancel(request: Request | None, order_id: str, now: datetime) -> Request:
    """Cancel on behalf of the shopper. Only this rule decides whether it is still possible: raises PackagingStarted.

    An unknown order gets a CANCELLED request, so that a late OrderCreated reserves nothing.
    """
    if request is None:
        return Request(order_id, Status.CANCELLED, (), now)
    if request.status is Status.CANCELLED:
        return request
    if request.status not in CANCELLABLE:
        raise PackagingStarted(order_id)
    return replace(request, status=Status.CANCELLED, since=now)


# --- staff ---


def start(request: Request | None, order_id: str, now: datetime) -> Request:
    found = _in_status(Status.NEW, request, order_id, Status.IN_PROGRESS)
    return replace(found, status=Status.IN_PROGRESS, since=now)


def pack(request: Request | None, order_id: str, product_id: str, quantity: int) -> Request:
    """Set how many units of a product are in the package: from 0 to what was ordered."""
    found = _in_status(Status.IN_PROGRESS, request, order_id, "changed")
    line = next((line for line in found.lines if line.product_id == product_id), None)
    if line is None:
        raise LineNotFound(order_id, product_id)
    integer(quantity, "quantity", 0, line.quantity)
    if line.packaged == quantity:
        return found
    packed = tuple(replace(each, packaged=quantity) if each is line else each for each in found.lines)
    return replace(found, lines=packed)


def complete(request: Request | None, order_id: str, now: datetime) -> Request:
    """Packaged units leave the stock, the other reserved units become available. An empty package is FAILED."""
    found = _in_status(Status.IN_PROGRESS, request, order_id, Status.COMPLETED)
    is_packaged = any(line.packaged for line in found.lines)
    return replace(found, status=Status.COMPLETED if is_packaged else Status.FAILED, since=now)


def _in_status(needed: Status, request: Request | None, order_id: str, wanted: str) -> Request:
    """The request. Raises RequestNotFound when staff cannot see it, IllegalTransition when it has another status."""
    if request is None or request.status in RESERVATIONS:
        raise RequestNotFound(order_id)
    if request.status is not needed:
        raise IllegalTransition(order_id, request.status, wanted)
    return request


def _lines(request: Request | None, wanted: Quantities, available: UnitsByProduct) -> tuple[Line, ...]:
    """One line per product. A line with an unchanged quantity also stays tracked or untracked."""
    old = {line.product_id: line for line in request.lines} if request and request.status in RESERVES_STOCK else {}
    return tuple(
        old[product_id]
        if product_id in old and old[product_id].quantity == quantity
        else Line(product_id, quantity, quantity, available.get(product_id) is not None)
        for product_id, quantity in sorted(wanted.items())
    )
