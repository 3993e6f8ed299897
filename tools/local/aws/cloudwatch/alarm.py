"""The definition of an alarm, from PutMetricAlarm and templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.aws.cloudwatch.alarm_math import EXCLUDED, Math, math_of
from tools.local.aws.cloudwatch.metric_math import Unsupported
from tools.local.aws.cloudwatch.metrics import DAY, HOUR

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
MISSING = ("missing", "ignore", "breaching", "notBreaching")
LOW_SAMPLES = "EvaluateLowSampleCountPercentile"
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100)")


class Refused(ValueError):
    """An alarm that cannot be served. The text says why and what to do."""


@dataclass(frozen=True)
class Alarm:
    """An alarm on one metric: a statistic of each period, and a threshold that `needed` of the last `periods` must
    cross. With `math` it is an alarm on the value of an expression for each period."""

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int
    periods: int
    needed: int
    threshold: float
    comparison: str
    missing: str = "missing"
    unit: str | None = None
    math: Math | None = None
    fewest: float = 0.0
    """With fewer values in the evaluated periods the alarm keeps its state: a percentile that ignores few samples."""

    def breaches(self, value: float) -> bool:
        if self.comparison == "GreaterThanOrEqualToThreshold":
            return value >= self.threshold
        if self.comparison == "GreaterThanThreshold":
            return value > self.threshold
        if self.comparison == "LessThanThreshold":
            return value < self.threshold
        return value <= self.threshold


def parse(record: Mapping[str, Any]) -> Alarm:
    """The alarm that a request describes; raises `Refused` for features that are not supported here."""
    name = str(record.get("AlarmName") or "")
    math = _math(name, record)
    comparison = str(record.get("ComparisonOperator") or "")
    if comparison not in COMPARISONS:
        raise Refused(f"alarm {name}: {comparison} (anomaly detection) is not served here; compare with a Threshold")
    missing = str(record.get("TreatMissingData") or "missing")
    if missing not in MISSING:
        raise Refused(f"alarm {name}: TreatMissingData {missing} is not one of {', '.join(MISSING)}")
    periods = int(record.get("EvaluationPeriods") or 1)
    statistic = str(record.get("ExtendedStatistic") or record.get("Statistic") or "Average")
    return Alarm(
        name=name,
        namespace="" if math else str(record["Namespace"]),
        metric="" if math else str(record["MetricName"]),
        dimensions={str(one["Name"]): str(one["Value"]) for one in record.get("Dimensions") or []},
        statistic="Average" if math else _served(name, statistic),
        period=_period(name, math.period if math else int(record.get("Period") or 60), periods),
        periods=periods,
        needed=_needed(name, int(record.get("DatapointsToAlarm") or periods), periods),
        threshold=float(record.get("Threshold") or 0),
        comparison=comparison,
        missing=missing,
        unit=str(record["Unit"]) if record.get("Unit") else None,
        math=math,
        fewest=0.0 if math else _fewest(name, statistic, str(record.get(LOW_SAMPLES) or "evaluate")),
    )


def _math(name: str, record: Mapping[str, Any]) -> Math | None:
    if not record.get("Metrics"):
        if not record.get("MetricName") or not record.get("Namespace"):
            raise Refused(f"alarm {name}: give MetricName and Namespace, or Metrics")
        return None
    if beside := [key for key in EXCLUDED if record.get(key)]:
        raise Refused(f"alarm {name}: {', '.join(beside)} cannot be given with Metrics")
    try:
        math = math_of(record["Metrics"])
    except Unsupported as reason:
        raise Refused(f"alarm {name}: {reason}") from None
    for query in math.queries:
        _served(name, query.statistic)
    return math


def _served(name: str, statistic: str) -> str:
    if statistic not in STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise Refused(f"alarm {name}: the statistic {statistic} is not served here; use {', '.join(STATISTICS)}, p99")
    return statistic


def _fewest(name: str, statistic: str, low_samples: str) -> float:
    """CloudWatch User Guide, *Percentile-based alarms and low data samples*: 10 / (1 - p), and 10 / p below p50."""
    if low_samples not in ("evaluate", "ignore"):
        raise Refused(f"alarm {name}: {LOW_SAMPLES} {low_samples} is not evaluate or ignore")
    if low_samples == "evaluate" or statistic in STATISTICS:
        return 0.0
    percent = float(statistic[1:])
    rarer = 100 - percent if percent >= 50 else percent
    return round(1000 / rarer, 3) if rarer else 0.0


def _period(name: str, period: int, periods: int) -> int:
    if period <= 0 or period % 60:
        raise Refused(f"alarm {name}: a Period of {period} s is not served here; use a multiple of 60")
    longest = 7 * DAY if period >= HOUR else DAY
    if period * periods > longest:
        raise Refused(f"alarm {name}: Period times EvaluationPeriods is over {longest // DAY} day(s)")
    return period


def _needed(name: str, needed: int, periods: int) -> int:
    if not 0 < needed <= periods:
        raise Refused(f"alarm {name}: DatapointsToAlarm {needed} is not between 1 and EvaluationPeriods {periods}")
    return needed
