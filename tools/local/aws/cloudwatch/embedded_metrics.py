"""Metrics in a function's log, in CloudWatch's embedded metric format."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from tools.local.aws.cloudwatch.metrics import DAY, HOUR, Summary

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
    """The metrics in one line of a log; none when the line is not a document of this format."""
    if MARK not in line:
        return []
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return []
    about = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("CloudWatchMetrics"), list):
        return []
    stamp = about.get("Timestamp")
    if not _is_number(stamp) or not now - OLDEST <= stamp / 1000 <= now + LATEST:
        return []
    return [one for directive in about["CloudWatchMetrics"] for one in _directive(document, directive, stamp / 1000)]


def _directive(document: Mapping[str, Any], directive: Any, at: float) -> Iterator[Embedded]:
    """The metrics of one directive. A function may print anything: a document of another shape has none."""
    namespace = directive.get("Namespace") if isinstance(directive, dict) else None
    if not isinstance(namespace, str) or not namespace:
        return
    sets = [names for names in _list(directive.get("Dimensions")) if _are_in(names, document)]
    if directive.get("Dimensions") in (None, []):
        sets = [[]]
    for metric in _list(directive.get("Metrics"))[:METRICS_PER_DIRECTIVE]:
        name = metric.get("Name") if isinstance(metric, dict) else None
        values = _values(document.get(name)) if isinstance(name, str) else None
        if values is None:
            continue
        unit = str(metric.get("Unit") or "None")
        for names in sets:
            dimensions = {one: str(document[one]) for one in names}
            yield Embedded(namespace, str(name), dimensions, _copy(values), unit, at)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _are_in(names: Any, document: Mapping[str, Any]) -> bool:
    """Whether this is a set of dimensions that the document has values for."""
    return isinstance(names, list) and all(isinstance(name, str) and name in document for name in names)


def _values(value: Any) -> Summary | None:
    """A number or a list of numbers."""
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(_is_number(one) for one in numbers):
        return None
    found = Summary()
    for number in numbers[:VALUES_PER_METRIC]:
        found.add(Summary.single(float(number)))
    return found


def _is_number(value: Any) -> TypeGuard[int | float]:
    """Whether this is a finite number: JSON can contain numbers that overflow."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _copy(values: Summary) -> Summary:
    copied = Summary()
    copied.add(values)
    return copied
