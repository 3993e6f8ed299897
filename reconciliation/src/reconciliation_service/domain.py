"""From what the services know of one order to what is wrong with it. Pure: the moment is passed in.

What is younger than its limit is under way, and nothing is said of it. Nothing is said twice: an order that stands
still is only called stuck when no other finding tells why.
"""

from datetime import datetime

from reconciliation_service import goods, money, progress
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.rules import Judging
from reconciliation_service.snapshots import Case, Charge


def judge(case: Case, now: datetime, limits: Limits) -> list[Finding]:
    judging = Judging(case, now, limits)
    found = [*money.judge(judging), *goods.judge(judging), *progress.judge(judging)]
    return found or list(progress.of_nobody(judging))


def judge_hold(hold: str, charge: Charge, now: datetime, limits: Limits) -> list[Finding]:
    """A hold that no order and no payment row of ours names. `hold` is a fingerprint, not the token."""
    if charge.created_at is not None and now - charge.created_at < limits.money:
        return []
    is_so = f"{charge.authorised} held at the provider"
    ids = {"hold": hold}
    return [Finding(Kind.HOLD_WITHOUT_ORDER, ids, is_so, "an order, or nothing", charge.created_at)]
