"""Every hour: compare all services' tables and the provider's ledger, report findings, change nothing.

Writes one metric per kind and one log line per finding, with ids and ages, without names or tokens.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from ecom.observability import count, logger
from reconciliation_service import bootstrap
from reconciliation_service.findings import NOTES, Finding, Kind
from reconciliation_service.sweep import Sweep

# Time that is left for the report before Lambda stops the function.
REPORT_MS = 30_000
# Many findings have one cause: the rest is counted, and `make reconcile` lists all.
MAX_LOGGED = 500


def handler(_event: dict[str, Any], context: Any) -> None:
    now = bootstrap.now()
    sweep = Sweep(
        bootstrap.repository(),
        bootstrap.provider(),
        now,
        bootstrap.limits(),
        bootstrap.ledger_window(),
        lambda: context.get_remaining_time_in_millis() > REPORT_MS,
        bootstrap.pause,
    )
    counted: Counter[Kind] = Counter()
    for finding in sweep.findings():
        counted[finding.kind] += 1
        if counted.total() <= MAX_LOGGED:
            _log(finding, now)
    report(counted, sweep)


def report(counted: Counter[Kind], sweep: Sweep) -> None:
    """Write the metrics. `Findings` is written each time, so that missing data means that no run happened."""
    for kind, number in counted.items():
        count(kind.value, number)
    count("Findings", sum(number for kind, number in counted.items() if kind not in NOTES))
    for reason in sweep.left_out:
        logger().warning("not everything was compared", extra={"reason": reason})
    count("ReconciliationIncomplete", len(sweep.left_out))


def _log(finding: Finding, now: datetime) -> None:
    age = None if finding.since is None else int((now - finding.since).total_seconds())
    fields = {
        "kind": finding.kind.value,
        **finding.ids,
        "ageSeconds": age,
        "actual": finding.actual,
        "expected": finding.expected,
        "what_to_do": finding.what_to_do,
    }
    level = logger().info if finding.is_note else logger().warning
    level("finding", extra=fields)
