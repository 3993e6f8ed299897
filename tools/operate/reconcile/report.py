"""How findings are told: ids, ages, what is so, what should be, what to do. Never a token, a name or an address."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciliation_service.sweep import Sweep
from tools.operate.ages import age_of
from tools.operate.reconcile.repair import Result


def line_of(result: Result, now: datetime) -> str:
    finding = result.finding
    ids = ", ".join(f"{name} {value}" for name, value in finding.ids.items())
    age = "age unknown" if finding.since is None else f"{age_of((now - finding.since).total_seconds())} old"
    return (
        f"- {finding.kind}  {ids}  ({age})\n"
        f"  {finding.actual}; should be: {finding.expected}\n"
        f"  {result.outcome or finding.what_to_do}"
    )


def summary_of(results: Sequence[Result], sweep: Sweep) -> str:
    wrong = [result.finding for result in results if not result.finding.is_note]
    kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(each.kind for each in wrong).most_common())
    said = [f"{len(wrong)} findings ({kinds})" if wrong else "no findings"]
    if len(results) > len(wrong):
        said.append(f"{len(results) - len(wrong)} notes")
    if tried := [result for result in results if result.outcome]:
        said.append(f"{sum(result.is_done for result in tried)} of {len(tried)} mended")
    elif repairable := sum(1 for finding in wrong if finding.repair_events):
        said.append(f"--repair mends {repairable} of them")
    if sweep.orders_seen:
        said.append(f"{sweep.orders_seen} orders looked through")
    return "\n".join([*(f"not compared: {reason}" for reason in sweep.left_out), "; ".join(said)])


def document_of(results: Sequence[Result], sweep: Sweep, now: datetime) -> dict[str, Any]:
    return {
        "findings": [_finding(result, now) for result in results],
        "notCompared": sweep.left_out,
        "ordersSeen": sweep.orders_seen,
    }


def _finding(result: Result, now: datetime) -> dict[str, Any]:
    finding = result.finding
    return {
        "kind": finding.kind.value,
        "note": finding.is_note,
        "ids": dict(finding.ids),
        "ageSeconds": None if finding.since is None else int((now - finding.since).total_seconds()),
        "actual": finding.actual,
        "expected": finding.expected,
        "what_to_do": finding.what_to_do,
        "canBeRepaired": bool(finding.repair_events),
        "outcome": result.outcome,
    }
