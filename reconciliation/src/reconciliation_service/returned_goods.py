"""What may be wrong with a return: its execution stopped, or the money or the goods did not follow. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciliation_service.findings import Finding, Kind, Limits

REQUESTED, RECEIVED, REFUNDED, FAILED = "REQUESTED", "RECEIVED", "REFUNDED", "FAILED"
DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Return:
    """A row of the table of returns. `restocked` is how many units can be sold again."""

    return_id: str
    order_id: str
    status: str
    refund: int
    restocked: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A row of payment's table of refunds."""

    status: str
    amount: int


@dataclass(frozen=True, slots=True)
class ReturnRecords:
    """A return with what payment and the warehouse have about it."""

    value: Return
    refund: Refund | None
    is_in_warehouse: bool


def judge_return(records: ReturnRecords, now: datetime, limits: Limits) -> list[Finding]:
    """A return without a date was written manually, and is always judged."""
    return list(_findings(records, now, limits))


def _findings(records: ReturnRecords, now: datetime, limits: Limits) -> Iterator[Finding]:
    value, refund = records.value, records.refund
    age = now - value.since if value.since else None
    ids: Mapping[str, str] = {"returnId": value.return_id, "orderId": value.order_id}
    if value.status == REQUESTED and (age is None or age >= limits.staff):
        yield Finding(Kind.WAITING_FOR_STAFF, ids, "the return is REQUESTED", "approved or refused", value.since)
    if value.status == RECEIVED and (age is None or age >= limits.stuck):
        yield Finding(Kind.STUCK_RETURN, ids, "the return is RECEIVED", "REFUNDED or FAILED", value.since)
    if value.status == REFUNDED and value.refund and (age is None or age >= limits.in_flight):
        paid = refund.amount if refund and refund.status == DONE else 0
        if paid != value.refund:
            actual = f"payment paid back {paid}"
            yield Finding(Kind.RETURN_NOT_PAID, ids, actual, f"{value.refund} for the return", value.since)
    has_ended = value.status in (REFUNDED, FAILED)
    if has_ended and value.restocked and not records.is_in_warehouse and (age is None or age >= limits.stuck):
        expected = f"{value.restocked} units are available again"
        yield Finding(Kind.RETURN_NOT_RESTOCKED, ids, "the warehouse knows no such return", expected, value.since)
