"""Metrics that a function writes into its log, in CloudWatch's embedded metric format."""

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
    """What one line of a log says; a line that is no document of this format says nothing."""
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
    """A function may print anything: what is not of the format's shape says nothing, and stops nobody."""
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


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _are_in(names: Any, document: Mapping[str, Any]) -> bool:
    """Whether this is a set of dimensions that the document has values for."""
    return isinstance(names, list) and all(isinstance(name, str) and name in document for name in names)


def _values(said: Any) -> Summary | None:
    """A number or a list of numbers."""
    numbers = said if isinstance(said, list) else [said]
    if not numbers or not all(_is_number(one) for one in numbers):
        return None
    found = Summary()
    for number in numbers[:VALUES_PER_METRIC]:
        found.add(Summary.single(float(number)))
    return found


def _is_number(said: Any) -> TypeGuard[int | float]:
    """A finite one: JSON can spell numbers that no sum survives."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return False
    try:
        return math.isfinite(said)
    except OverflowError:
        return False


def _copy(values: Summary) -> Summary:
    copied = Summary()
    copied.add(values)
    return copied
