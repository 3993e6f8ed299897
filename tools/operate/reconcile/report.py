"""Findings as text and JSON: ids, ages, actual, expected, what to do. Never a token, a name or an address."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciliation_service.sweep import Sweep
from tools.operate.ages import age_of
from tools.operate.reconcile.order_report import OrderReport
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
    parts = [f"{_count(len(wrong), 'finding')} ({kinds})" if wrong else "no findings"]
    if len(results) > len(wrong):
        parts.append(_count(len(results) - len(wrong), "note"))
    if attempted := [result for result in results if result.outcome]:
        parts.append(f"{sum(result.is_done for result in attempted)} of {len(attempted)} repaired")
    elif repairable := sum(1 for finding in wrong if finding.repair_events):
        parts.append(f"`make reconcile REPAIR=1` repairs {repairable} of them")
    if sweep.orders_seen:
        parts.append(f"{_count(sweep.orders_seen, 'order')} compared")
    return "\n".join([*(f"not compared: {reason}" for reason in sweep.left_out), "; ".join(parts)])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def document_of(
    results: Sequence[Result], sweep: Sweep, now: datetime, orders: Sequence[OrderReport] = ()
) -> dict[str, Any]:
    return {
        "findings": [_finding(result, now) for result in results],
        "underWay": [_finding(Result(finding), now) for order in orders for finding in order.under_way],
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
