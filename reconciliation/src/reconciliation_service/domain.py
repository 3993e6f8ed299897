"""From what the services know of one order to what is wrong with it. Pure: the moment is passed in.

What is younger than its limit is under way, and nothing is said of it. Nothing is said twice: an order that stands
still is only called stuck when no other finding tells why.
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
    """A hold that no order and no payment row of ours names. `hold` is a fingerprint, not the token."""
    if entry.created_at is not None and now - entry.created_at < limits.money:
        return []
    actual = f"{entry.authorised} held at the provider"
    ids = {"hold": hold}
    return [Finding(Kind.HOLD_WITHOUT_ORDER, ids, actual, "an order, or nothing", entry.created_at)]
