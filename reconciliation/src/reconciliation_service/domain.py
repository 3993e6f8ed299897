"""Findings about one order, from what all services have about it. Pure; the time is passed in.

A disagreement that is younger than its limit may be under way and is no finding. An order is called stuck only when no
other finding explains it.
"""

from datetime import datetime

from reconciliation_service import goods, money, progress
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.rules import Comparison
from reconciliation_service.snapshots import LedgerEntry, OrderRecords


def judge(records: OrderRecords, now: datetime, limits: Limits) -> list[Finding]:
    comparison = Comparison(records, now, limits)
    found = [*money.judge(comparison), *goods.judge(comparison), *progress.judge(comparison)]
    return found or list(progress.stuck(comparison))


def judge_hold(hold: str, entry: LedgerEntry, now: datetime, limits: Limits) -> list[Finding]:
    """A hold that no order and no payment row owns. `hold` is a fingerprint, not the token."""
    if entry.created_at is not None and now - entry.created_at < limits.money:
        return []
    actual = f"{entry.authorised} held at the provider"
    ids = {"hold": hold}
    return [Finding(Kind.HOLD_WITHOUT_ORDER, ids, actual, "an order, or nothing", entry.created_at)]
