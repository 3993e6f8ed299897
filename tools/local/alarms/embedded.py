"""Metrics that a function writes into its log, in CloudWatch's embedded metric format."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.alarms.metrics import DAY, HOUR, Summary

MARK = '"CloudWatchMetrics"'
OLDEST, LATEST = 14 * DAY, 2 * HOUR
METRICS_PER_DIRECTIVE, VALUES_PER_METRIC = 100, 100


@dataclass(frozen=True)
class Embedded:
    """One value set of one metric."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    values: Summary
    unit: str
    at: float


def metrics_in(line: str, now: float) -> list[Embedded]:
    """What one line of a log says; a line that is no document of this format says nothing."""
    if MARK not in line:
        return []
    try:
        document = json.loads(line)
    except ValueError:
        return []
    about = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("CloudWatchMetrics"), list):
        return []
    stamp = about.get("Timestamp")
    if not isinstance(stamp, int | float) or not now - OLDEST <= stamp / 1000 <= now + LATEST:
        return []
    return [one for directive in about["CloudWatchMetrics"] for one in _directive(document, directive, stamp / 1000)]


def _directive(document: Mapping[str, Any], directive: Any, at: float) -> Iterator[Embedded]:
    if not isinstance(directive, dict) or not directive.get("Namespace"):
        return
    for metric in list(directive.get("Metrics") or [])[:METRICS_PER_DIRECTIVE]:
        values = _values(document.get(metric.get("Name")))
        if values is None:
            continue
        for names in directive.get("Dimensions") or [[]]:
            if all(name in document for name in names):
                dimensions = {name: str(document[name]) for name in names}
                unit = str(metric.get("Unit") or "None")
                yield Embedded(str(directive["Namespace"]), str(metric["Name"]), dimensions, _copy(values), unit, at)


def _values(said: Any) -> Summary | None:
    """A number or a list of numbers."""
    numbers = said if isinstance(said, list) else [said]
    if not numbers or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return None
    found = Summary()
    for number in numbers[:VALUES_PER_METRIC]:
        found.add(Summary.single(float(number)))
    return found


def _copy(values: Summary) -> Summary:
    copied = Summary()
    copied.add(values)
    return copied
