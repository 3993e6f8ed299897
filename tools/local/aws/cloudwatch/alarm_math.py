"""The `Metrics` of an alarm: metrics, expressions over them, and the one time series that the alarm watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.local.aws.cloudwatch.metric_math import Expression, Series, Unsupported, Value, parse

# Members of PutMetricAlarm that exclude `Metrics`.
EXCLUDED = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
MOST_METRICS = 10


@dataclass(frozen=True)
class Query:
    """One metric of an alarm, and the statistic of each period."""

    id: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    unit: str | None = None


@dataclass(frozen=True)
class Math:
    """The metrics and expressions of an alarm. `expressions` are in the order of their evaluation."""

    queries: tuple[Query, ...]
    expressions: tuple[tuple[str, Expression], ...]
    returned: str
    period: int

    def values(self, found: Mapping[str, Series], periods: Sequence[int]) -> Series:
        """The watched time series, from the series of each metric."""
        known: dict[str, Value] = {**found}
        for name, expression in self.expressions:
            known[name] = expression.value(known, periods)
        watched = known[self.returned]
        return watched if isinstance(watched, Mapping) else {}


def math_of(entries: Sequence[Mapping[str, Any]]) -> Math:
    """Raises Unsupported."""
    queries: list[Query] = []
    parsed: dict[str, Expression] = {}
    returned: list[str] = []
    lengths: set[int] = set()
    for entry in entries:
        name = str(entry.get("Id") or "")
        if not name[:1].islower() or not name.replace("_", "").isalnum():
            raise Unsupported(f"the Id {name!r} of Metrics must begin with a lower-case letter")
        if name in parsed or any(one.id == name for one in queries):
            raise Unsupported(f"the Id {name} is used twice in Metrics")
        if _is_true(entry.get("ReturnData", True)):
            returned.append(name)
        if bool(entry.get("Expression")) == bool(entry.get("MetricStat")):
            raise Unsupported(f"{name} in Metrics needs either Expression or MetricStat")
        if entry.get("AccountId"):
            raise Unsupported(f"{name} in Metrics: metrics of another account are not served here")
        if entry.get("Expression"):
            parsed[name] = _expression(name, str(entry["Expression"]))
        else:
            queries.append(_query(name, entry["MetricStat"]))
            lengths.add(int(entry["MetricStat"]["Period"]))
    if len(returned) != 1:
        raise Unsupported("exactly one entry of Metrics must have ReturnData true")
    if not queries or len(queries) > MOST_METRICS:
        raise Unsupported(f"Metrics needs between 1 and {MOST_METRICS} entries with MetricStat")
    if len(lengths) > 1:
        raise Unsupported("the entries of Metrics have different Periods, which is not served here")
    expressions = _ordered(parsed, [one.id for one in queries])
    if returned[0] in parsed and not parsed[returned[0]].is_series:
        raise Unsupported(f"the expression {returned[0]} is a number; an alarm needs a time series")
    return Math(tuple(queries), expressions, returned[0], lengths.pop())


def _query(name: str, stat: Mapping[str, Any]) -> Query:
    metric = stat.get("Metric") or {}
    missing = [key for key in ("Namespace", "MetricName") if not metric.get(key)]
    missing += [key for key in ("Period", "Stat") if not stat.get(key)]
    if missing:
        raise Unsupported(f"{name} in Metrics: MetricStat has no {' and no '.join(missing)}")
    return Query(
        id=name,
        namespace=str(metric["Namespace"]),
        metric=str(metric["MetricName"]),
        dimensions={str(one["Name"]): str(one["Value"]) for one in metric.get("Dimensions") or []},
        statistic=str(stat["Stat"]),
        unit=str(stat["Unit"]) if stat.get("Unit") else None,
    )


def _expression(name: str, text: str) -> Expression:
    try:
        return parse(text)
    except Unsupported as reason:
        raise Unsupported(f"the expression {name}: {reason}") from None


def _ordered(parsed: Mapping[str, Expression], metrics: Sequence[str]) -> tuple[tuple[str, Expression], ...]:
    """The expressions, each after those that it refers to."""
    ordered: dict[str, Expression] = {}
    while len(ordered) < len(parsed):
        ready = [name for name, one in parsed.items() if name not in ordered and one.names <= {*metrics, *ordered}]
        if not ready:
            for name, one in parsed.items():
                if unknown := one.names - {*metrics, *parsed}:
                    raise Unsupported(f"the expression {name} refers to {min(unknown)}, which Metrics does not define")
            raise Unsupported(f"the expressions {', '.join(parsed.keys() - ordered)} refer to each other")
        ordered.update({name: parsed[name] for name in ready})
    return tuple(ordered.items())


def normalized(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries as DescribeAlarms returns them: numbers and booleans, also where a template has texts."""
    plain = []
    for entry in entries:
        one = {key: entry[key] for key in ("Id", "Expression", "Label", "MetricStat") if entry.get(key)}
        if "MetricStat" in one:
            one["MetricStat"] = {**one["MetricStat"], "Period": int(one["MetricStat"].get("Period") or 0)}
        plain.append({**one, "ReturnData": _is_true(entry.get("ReturnData", True))})
    return plain


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
