"""The rules of returns. Pure.

    REQUESTED -> APPROVED | REFUSED | CANCELLED | EXPIRED
    APPROVED  -> RECEIVED | CANCELLED | EXPIRED
    RECEIVED  -> REFUNDED | FAILED

A return holds units of its order: no other return can have them. Until goods are received it holds what was requested,
then what came back. A return that was refused or cancelled, or that expired, holds nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from ecom.errors import IllegalMove, InvalidInput
from returns_service.errors import NoSuchOrder, NotReturnable, PackageUnknown

Units = Mapping[str, int]  # by product id

# Of all returns of an order, those that hold nothing included. With the longest texts they fit in one answer of
# AppSync.
MAX_LINES_OF_RETURNS = 500


class Status(StrEnum):
    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    RECEIVED = "RECEIVED"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.REQUESTED: frozenset((Status.APPROVED, Status.REFUSED, Status.CANCELLED, Status.EXPIRED)),
    Status.APPROVED: frozenset((Status.RECEIVED, Status.CANCELLED, Status.EXPIRED)),
    Status.RECEIVED: frozenset((Status.REFUNDED, Status.FAILED)),
}
HOLDS_NOTHING = frozenset((Status.REFUSED, Status.CANCELLED, Status.EXPIRED))
# Staff have something to do: decide, or receive goods.
OPEN = frozenset((Status.REQUESTED, Status.APPROVED))


@dataclass(frozen=True, slots=True)
class RequestedLine:
    product_id: str
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a shopper asks for. `cause` is the call that it came with."""

    return_id: str
    user_id: str
    order_id: str
    lines: tuple[RequestedLine, ...]
    cause: str

    @property
    def content_hash(self) -> str:
        """Two requests with the same hash ask for the same."""
        lines = [[line.product_id, line.quantity, line.reason] for line in self.lines]
        return sha256(json.dumps([self.order_id, lines]).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    product_id: str
    quantity: int
    condition: Literal["RESTOCK", "SCRAP"]


@dataclass(frozen=True, slots=True)
class Line:
    """`price` is that of the order's line. `received` and `restocked` are known from RECEIVED on."""

    product_id: str
    quantity: int
    price: int
    reason: str = ""
    received: int = 0
    restocked: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A status, its time, and the command or step that caused it."""

    at: datetime
    status: Status
    cause: str


@dataclass(frozen=True, slots=True)
class Return:
    """`refund` is what is to be paid back, then what was. `is_valid` is false when the request broke a rule: such a
    return is REFUSED from the start, and only its requester sees it."""

    return_id: str
    order_id: str
    user_id: str
    currency: str
    status: Status
    lines: tuple[Line, ...]
    history: tuple[Move, ...]
    content_hash: str  # of the request
    refund: int | None = None
    reason: str = ""
    is_valid: bool = True

    @property
    def created_at(self) -> datetime:
        return self.history[0].at


@dataclass(frozen=True, slots=True)
class Order:
    """As *orders* has it. `delivered_at` is None until it is delivered; `is_final` once the units are those that were
    packed."""

    order_id: str
    user_id: str
    currency: str
    delivered: Units
    prices: Mapping[str, int]
    delivered_at: datetime | None
    is_final: bool = True


def package_is_late(return_days: int) -> timedelta:
    """How long after its delivery an order may still get its package: the event about it is a dead letter for up to 14
    days, until an operator sends it back. An order without a package then was delivered without one, as its lines
    say, and the other half of the time is left to return it."""
    return timedelta(days=return_days) / 2


def new_return(
    request: Request, order: Order | None, held: Units, now: datetime, return_days: int, earlier_lines: int = 0
) -> Return:
    """`held` is what other returns of the order hold, `earlier_lines` how many lines were in all of them. Raises
    NoSuchOrder, NotReturnable, InvalidInput or PackageUnknown."""
    if order is None or order.user_id != request.user_id:
        raise NoSuchOrder
    if order.delivered_at is None:
        raise NotReturnable("the order is not delivered")
    if now - order.delivered_at > timedelta(days=return_days):
        raise NotReturnable(f"the order was delivered more than {return_days} days ago")
    if not order.is_final and now - order.delivered_at < package_is_late(return_days):
        raise PackageUnknown
    if earlier_lines + len(request.lines) > MAX_LINES_OF_RETURNS:
        raise NotReturnable(
            f"the returns of an order have {MAX_LINES_OF_RETURNS} lines at most, cancelled ones included"
        )
    for line in request.lines:
        if line.product_id not in order.delivered:
            raise InvalidInput(f"the order has no product {line.product_id!r}")
        left = order.delivered[line.product_id] - held.get(line.product_id, 0)
        if line.quantity > left:
            raise NotReturnable(f"{left} of product {line.product_id!r} can be returned, not {line.quantity}")
    return _first(request, Status.REQUESTED, order.currency, order.prices, now)


def refused_request(request: Request, reason: str, currency: str, now: datetime) -> Return:
    """The return of a request that broke a rule. It holds nothing."""
    refused = _first(request, Status.REFUSED, currency, {}, now)
    return replace(refused, reason=reason, is_valid=False)


def _first(request: Request, status: Status, currency: str, prices: Mapping[str, int], now: datetime) -> Return:
    return Return(
        return_id=request.return_id,
        order_id=request.order_id,
        user_id=request.user_id,
        currency=currency,
        status=status,
        lines=tuple(
            Line(line.product_id, line.quantity, prices.get(line.product_id, 0), line.reason) for line in request.lines
        ),
        history=(Move(now, status, request.cause),),
        content_hash=request.content_hash,
    )


def move(current: Return, to: Status, now: datetime, cause: str, *, reason: str = "") -> Return:
    """Raises IllegalMove."""
    if to not in TRANSITIONS.get(current.status, frozenset()):
        raise IllegalMove(f"a return that is {current.status} cannot become {to}")
    moved = replace(current, status=to, history=(*current.history, Move(now, to, cause)))
    return replace(moved, reason=reason) if reason else moved


def receive(current: Return, received: Sequence[ReceivedLine], now: datetime, cause: str) -> Return:
    """Goods came back. Lines that are not listed did not. Raises IllegalMove or InvalidInput."""
    moved = move(current, Status.RECEIVED, now, cause)
    lines = {line.product_id: line for line in current.lines}
    for one in received:
        line = lines.get(one.product_id)
        if line is None:
            raise InvalidInput(f"the return has no product {one.product_id!r}")
        back = line.received + one.quantity
        if back > line.quantity:
            raise InvalidInput(f"{line.quantity} of product {one.product_id!r} were requested, not {back}")
        restocked = line.restocked + (one.quantity if one.condition == "RESTOCK" else 0)
        lines[one.product_id] = replace(line, received=back, restocked=restocked)
    refund = sum(line.received * line.price for line in lines.values())
    return replace(moved, lines=tuple(lines.values()), refund=refund)


def refunded(current: Return, amount: int, now: datetime, cause: str) -> Return:
    """The money is back: `amount`, which is less than the value of the goods when less was left of the payment. The
    same object when the return has ended. Raises IllegalMove."""
    if current.status in (Status.REFUNDED, Status.FAILED):
        return current
    return replace(move(current, Status.REFUNDED, now, cause), refund=amount)


def failed(current: Return, reason: str, now: datetime, cause: str) -> Return:
    """No money goes back. The same object when the return has ended. Raises IllegalMove."""
    if current.status in (Status.REFUNDED, Status.FAILED):
        return current
    return replace(move(current, Status.FAILED, now, cause, reason=reason), refund=0)


def expire(current: Return, awaited_in: Status, now: datetime, cause: str) -> Return:
    """The wait that began in this status took too long. The same object when the return has left the status."""
    return move(current, Status.EXPIRED, now, cause) if current.status is awaited_in else current


def held_by(current: Return) -> dict[str, int]:
    """The units of the order that no other return can have."""
    if current.status in HOLDS_NOTHING:
        return {}
    is_back = current.status not in OPEN
    units = {line.product_id: line.received if is_back else line.quantity for line in current.lines}
    return {product_id: number for product_id, number in units.items() if number}


def to_restock(current: Return) -> dict[str, int]:
    """The received units that can be sold again."""
    return {line.product_id: line.restocked for line in current.lines if line.restocked}
