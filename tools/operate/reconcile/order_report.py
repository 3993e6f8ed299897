"""What `make reconcile ARGS="--about ORDER"` says of an order: its records, and what is merely under way.

The hourly run leaves recent changes alone. An operator who asks about one order wants to know about them too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciliation_service.domain import judge
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.snapshots import OrderRecords
from reconciliation_service.sweep import Sweep
from tools.operate.ages import age_of
from tools.project.problems import Problem

# An order that makes no progress, and money, have an hour in the hourly run. The question about one order needs no
# such patience: only what services may be handling at the moment is no finding.
LIMITS = Limits.of(Limits().in_flight)
_NO_LIMITS = Limits(*[timedelta(0)] * 4)


@dataclass(frozen=True)
class OrderReport:
    """`under_way`: disagreements that are younger than their limit, and work that waits for staff."""

    records: OrderRecords
    findings: Sequence[Finding]
    under_way: Sequence[Finding]


def reports(sweep: Sweep, order_ids: Iterable[str]) -> list[OrderReport]:
    """Raises a Problem for an id that is in no table: it is probably misspelt."""
    looked = list(sweep.inspect(order_ids))
    unknown = sorted({records.order_id for records, _ in looked if records == OrderRecords(records.order_id)})
    if unknown:
        raise Problem(f"no service knows an order {' or '.join(unknown)}; give the orderId that getOrders returns")
    return [OrderReport(records, found, _under_way(records, found, sweep.now)) for records, found in looked]


def _under_way(records: OrderRecords, found: Sequence[Finding], now: datetime) -> list[Finding]:
    return [finding for finding in judge(records, now, _NO_LIMITS) if finding not in found]


def lines_of(report: OrderReport, now: datetime, limits: Limits) -> list[str]:
    return [records_line(report.records), *(_line(finding, now, limits) for finding in report.under_way)]


def records_line(records: OrderRecords) -> str:
    """The status of the order in each service. No token."""
    order, payment = records.order, records.payment
    parts = [
        f"order {records.order_id}: {order.status if order else 'not in the orders table'}",
        f"payment {payment.status if payment else 'unknown'}",
        f"packaging {records.request.status if records.request else 'none'}",
        f"delivery {records.delivery.status if records.delivery else 'none'}",
        f"provider {' and '.join(entry.status for entry in records.ledger.values()) or 'no hold'}",
    ]
    return ", ".join(parts)


def _line(finding: Finding, now: datetime, limits: Limits) -> str:
    age = "age unknown" if finding.since is None else f"for {age_of((now - finding.since).total_seconds())}"
    if finding.is_note:
        return f"- under way: {finding.actual} ({age}; a note after {age_of(limits.staff.total_seconds())})"
    limit = age_of(limits.in_flight.total_seconds())
    return (
        f"- under way: {finding.actual}; should be: {finding.expected} ({age})\n"
        f"  services may still be handling it: {finding.kind} is a finding after {limit}, or with --older-than 0"
    )
