"""Every hour: go on comparing all services' tables and the provider's ledger, report findings, change nothing.

A run that is out of time is continued by the next one. A part that fails lets the others finish and report; then the
function fails too, so that the alarm of its errors goes off. Writes one metric per kind and one log line per finding,
with ids and ages, without names or tokens.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from ecom.observability import count, logger
from reconciliation_service import bootstrap
from reconciliation_service.findings import MONEY, NOTES, STUCK, Finding, Kind
from reconciliation_service.run import PartResult, Run

# Time that is left for the second look and the report before Lambda stops the function.
REPORT_MS = 90_000
# Many findings have one cause: the rest is counted, and `make reconcile` lists all. Notes have a limit of the same size
# for themselves.
MAX_LOGGED = 500


def handler(_event: dict[str, Any], context: Any) -> None:
    now = bootstrap.now()
    findings = Findings(now)
    run = Run(
        repository=bootstrap.repository(),
        provider=bootstrap.provider(),
        progress=bootstrap.progress(),
        now=now,
        limits=bootstrap.limits(),
        ledger_window=bootstrap.ledger_window(),
        segments=bootstrap.segments(),
        is_time_left=lambda: context.get_remaining_time_in_millis() > REPORT_MS,
        pause=bootstrap.pause,
        found=findings.add,
    )
    results = run.go_on()
    report(findings, results, now)
    for result in results:
        if result.failure is not None:
            raise result.failure


@dataclass(slots=True)
class Findings:
    """Logs and counts the findings of several threads."""

    now: datetime
    kinds: Counter[Kind] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, finding: Finding) -> None:
        with self._lock:
            self.kinds[finding.kind] += 1
            alike = sum(number for kind, number in self.kinds.items() if (kind in NOTES) == finding.is_note)
            if alike <= MAX_LOGGED:
                _log(finding, self.now)


def report(findings: Findings, results: Sequence[PartResult], now: datetime) -> None:
    """Write the metrics. `Findings` is written each time, so that missing data means that no run happened. It counts
    those of the last pass until the one under way has more: the alarm ends when a complete pass finds nothing."""
    for kind, number in findings.kinds.items():
        count(kind.value, number)
    count("MoneyFindings", sum(findings.kinds[kind] for kind in MONEY))
    count("StuckFindings", sum(findings.kinds[kind] for kind in STUCK))
    count("Findings", sum(result.progress.findings_known for result in results))
    left_out = [reason for result in results for reason in result.left_out]
    for reason in left_out:
        logger().warning("not everything was compared", extra={"reason": reason})
    count("ReconciliationIncomplete", len(left_out))
    count("OldestPassMinutes", max(int(result.progress.age(now).total_seconds()) // 60 for result in results))
    logger().info("how far each part is", extra={"parts": [_how_far(result, now) for result in results]})


def _how_far(result: PartResult, now: datetime) -> dict[str, Any]:
    return {
        "part": result.progress.part,
        "scan": "pass ended" if result.is_done else result.scan,
        "rowsOfThisRun": result.rows,
        "rowsOfThisPass": sum(result.rows.values()) if result.is_done else result.progress.rows,
        "lastCompletePassMinutes": int(result.progress.age(now).total_seconds()) // 60,
    }


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
