"""An order's request in the warehouse: first a reservation, then what staff package. Pure.

HELD -> NEW -> IN_PROGRESS -> COMPLETED | FAILED;  HELD -> LAPSED -> HELD | NEW;  HELD | LAPSED | NEW -> CANCELLED

Every rule takes the request as it is (None: there is none) and answers the request as it should be; the same object
means that there is nothing to do. What the stock does follows from the two alone (`moves`), so no rule touches stock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ecom.validation import integer
from warehouse_service.errors import (
    NoSuchLine,
    NoSuchRequest,
    NotPackable,
    PackagingStarted,
    Shortage,
)
from warehouse_service.stock import Move

# Of a product: free units, or None when nobody counts it, so that there is always enough.
Shelves = Mapping[str, int | None]
# How many of each product.
Wanted = Mapping[str, int]


class Status(StrEnum):
    HELD = "HELD"
    LAPSED = "LAPSED"
    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


KEEPS_STOCK = frozenset((Status.HELD, Status.NEW, Status.IN_PROGRESS))
# No order has taken it over yet: staff do not see it.
UNOWNED = frozenset((Status.HELD, Status.LAPSED))
CANCELLABLE = frozenset((Status.HELD, Status.LAPSED, Status.NEW))

_NEWS = {
    Status.COMPLETED: "PackageCreated",
    Status.FAILED: "PackagingFailed",
    Status.CANCELLED: "PackagingCancelled",
}


@dataclass(frozen=True, slots=True)
class Line:
    """`tracked`: whether the product was counted when it was reserved; only such lines ever move stock."""

    product_id: str
    quantity: int
    packaged: int
    tracked: bool


@dataclass(frozen=True, slots=True)
class Request:
    order_id: str
    status: Status
    lines: tuple[Line, ...]
    since: datetime  # in this status, for lists
    expires_at: datetime | None = None
    delivery_failed: bool = False
    sequence: int = 0  # of the order's newest image that was followed


def moves(old: Request | None, new: Request) -> dict[str, Move]:
    """What the step from old to new does to the stock, per product; products that it leaves alone are not named."""
    before, after = _claims(old), _claims(new)
    changed: dict[str, Move] = {}
    for product_id in {**before, **after}:
        was, will = before.get(product_id, (0, 0)), after.get(product_id, (0, 0))
        if was != will:
            changed[product_id] = Move(will[0] - was[0], will[1] - was[1])
    return changed


def _claims(request: Request | None) -> dict[str, tuple[int, int]]:
    """What a request has done to the free and to the reserved units of its tracked products."""
    if request is None:
        return {}
    tracked = [line for line in request.lines if line.tracked]
    if request.status in KEEPS_STOCK:
        return {line.product_id: (-line.quantity, line.quantity) for line in tracked}
    if request.status is Status.COMPLETED and not request.delivery_failed:
        return {line.product_id: (-line.packaged, 0) for line in tracked}
    return {}


def news(old: Request | None, new: Request) -> str | None:
    """The event that the step means to the world, if any. That an order was cancelled before it came is told again
    when it comes: who did not know it then could not follow."""
    is_told = old is not None and old.status is new.status and bool(old.lines or not new.lines)
    return None if is_told else _NEWS.get(new.status)


def shortages(old: Request | None, new: Request, shelves: Shelves) -> list[Shortage]:
    """Where the shelves have too little for the step. `available` counts what the order itself has kept so far."""
    found: list[Shortage] = []
    wanted = {line.product_id: line.quantity for line in new.lines}
    for product_id, move in moves(old, new).items():
        free = shelves.get(product_id)
        if free is not None and move.available < 0 and free + move.available < 0:
            kept = wanted[product_id] + move.available
            found.append(Shortage(product_id, wanted[product_id], free + kept))
    return found


# --- reservations ---


def reserve(
    request: Request | None, order_id: str, wanted: Wanted, shelves: Shelves, now: datetime, lifetime: timedelta
) -> Request:
    """Keep the wanted units for the order. What an order owns already, or has given up, stays as it is.

    Again with the same lines: nothing, or a longer life when less than half of it is left. With other lines: those.
    """
    if request is not None and request.status not in UNOWNED:
        return request
    lines = _lines(request, wanted, shelves)
    fresh = request is not None and request.expires_at is not None and request.expires_at - now > lifetime / 2
    if request is not None and request.status is Status.HELD and lines == request.lines and fresh:
        return request
    expires_at = now + lifetime
    made = request or Request(order_id, Status.HELD, lines, now)
    return replace(made, status=Status.HELD, lines=lines, since=expires_at, expires_at=expires_at)


def lapse(request: Request | None, now: datetime) -> Request | None:
    """Give the stock of a due reservation back. One that is not due, or that an order owns by now, stays."""
    if request is None or not is_due(request, now):
        return request
    return replace(request, status=Status.LAPSED, since=now)


def is_due(request: Request, now: datetime) -> bool:
    return request.status is Status.HELD and request.expires_at is not None and request.expires_at <= now


# --- facts about the order ---


def accept(
    request: Request | None, order_id: str, wanted: Wanted, shelves: Shelves, now: datetime, sequence: int = 0
) -> Request:
    """An order exists: its reservation becomes a packaging request, with the order's lines.

    Without a reservation the stock is taken now. A duplicate changes nothing. An order cancelled before stays so and
    takes nothing; only its lines are noted, once, when it was cancelled before anything was known of it.
    """
    if request is not None and request.status is Status.CANCELLED and not request.lines and wanted:
        return replace(request, lines=_lines(None, wanted, {}), sequence=max(sequence, request.sequence))
    if request is not None and request.status not in UNOWNED:
        return request
    lines = _lines(request, wanted, shelves)
    made = request or Request(order_id, Status.NEW, lines, now)
    return replace(made, status=Status.NEW, lines=lines, since=now, sequence=max(sequence, made.sequence))


def refuse(request: Request | None, order_id: str, wanted: Wanted, now: datetime, sequence: int = 0) -> Request:
    """An order exists, or changed, for which there is too little: packaging fails, and what was kept for it is free."""
    if request is not None and request.status not in UNOWNED | {Status.NEW}:
        return request
    lines = request.lines if request else _lines(None, wanted, {})
    made = request or Request(order_id, Status.FAILED, lines, now)
    return replace(made, status=Status.FAILED, since=now, sequence=max(sequence, made.sequence))


def follow(
    request: Request | None, order_id: str, wanted: Wanted, shelves: Shelves, now: datetime, sequence: int = 0
) -> Request | None:
    """The order's lines changed: so do those of a request that nobody packages yet. Older images are stale.

    An order unknown here stays unknown. A reservation becomes the order's request, as with `accept`: the event that
    says so comes later.
    """
    if request is None or request.status not in UNOWNED | {Status.NEW} or (sequence and sequence <= request.sequence):
        return request
    if request.status is not Status.NEW:
        return accept(request, order_id, wanted, shelves, now, sequence)
    lines = _lines(request, wanted, shelves)
    return replace(request, lines=lines, sequence=max(sequence, request.sequence))


def withdraw(request: Request | None, now: datetime) -> Request | None:
    """The order was deleted. What staff have begun goes on."""
    if request is None or request.status not in CANCELLABLE:
        return request
    return replace(request, status=Status.CANCELLED, since=now)


def delivery_failed(request: Request | None) -> Request | None:
    """The package comes back, once. Known before packaging is completed, it is kept in mind until then."""
    if request is None or request.delivery_failed or request.status in (Status.FAILED, Status.CANCELLED):
        return request
    return replace(request, delivery_failed=True)


def cancel(request: Request | None, order_id: str, now: datetime) -> Request:
    """The shopper does not want it any more. Here, and nowhere else, it is decided whether that is in time.

    An order that is not known here leaves a CANCELLED request, so that a late OrderCreated takes no stock.
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
    return replace(_in(request, order_id, Status.NEW, Status.IN_PROGRESS), status=Status.IN_PROGRESS, since=now)


def pack(request: Request | None, order_id: str, product_id: str, quantity: int) -> Request:
    """How many of a product are in the package: from none to what was ordered."""
    found = _in(request, order_id, Status.IN_PROGRESS, "changed")
    line = next((line for line in found.lines if line.product_id == product_id), None)
    if line is None:
        raise NoSuchLine(order_id, product_id)
    integer(quantity, "quantity", 0, line.quantity)
    if line.packaged == quantity:
        return found
    packed = tuple(replace(each, packaged=quantity) if each is line else each for each in found.lines)
    return replace(found, lines=packed)


def complete(request: Request | None, order_id: str, now: datetime) -> Request:
    """What is in the package leaves, the rest is free again. An empty package has failed."""
    found = _in(request, order_id, Status.IN_PROGRESS, Status.COMPLETED)
    packaged = any(line.packaged for line in found.lines)
    return replace(found, status=Status.COMPLETED if packaged else Status.FAILED, since=now)


def _in(request: Request | None, order_id: str, needed: Status, wanted: str) -> Request:
    if request is None or request.status in UNOWNED:
        raise NoSuchRequest(order_id)
    if request.status is not needed:
        raise NotPackable(order_id, request.status, wanted)
    return request


def _lines(request: Request | None, wanted: Wanted, shelves: Shelves) -> tuple[Line, ...]:
    """One line per product. A line that stays as it was also stays tracked or not."""
    had = {line.product_id: line for line in request.lines} if request and request.status in KEEPS_STOCK else {}
    return tuple(
        had[product_id]
        if product_id in had and had[product_id].quantity == quantity
        else Line(product_id, quantity, quantity, shelves.get(product_id) is not None)
        for product_id, quantity in sorted(wanted.items())
    )
