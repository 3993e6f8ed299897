"""The state of an alarm, from the values of its metric's periods.

Guarantee: the state is the one that CloudWatch documents for these data points ("Configuring how CloudWatch alarms
treat missing data"), and it is reached early: a running period counts as soon as no later value can undo its breach, so
an alarm on a count or a maximum does not wait for the period's end. An expression can fall again: an alarm on an
expression above a threshold counts the running period while it breaches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.local.aws.cloudwatch.alarm import ALARM, INSUFFICIENT_DATA, OK, Alarm
from tools.local.aws.cloudwatch.metrics import Summary

# CloudWatch looks at more periods than it evaluates: its documentation has five where three are evaluated.
EXTRA_PERIODS = 2

Reader = Callable[[str, str, Mapping[str, str], str | None, float, float], dict[int, Summary]]
"""(namespace, metric, dimensions, unit, begin, end) -> the periods of a metric"""


@dataclass(frozen=True)
class Point:
    """One period, by its beginning. The value is None when the period has no data."""

    start: int
    value: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The state and the periods that decided it, oldest first. `filled` missing periods were filled in."""

    state: str
    points: tuple[Point, ...]
    filled: int = 0


def seconds_needed(alarm: Alarm) -> int:
    """How far back the periods of an evaluation reach."""
    return alarm.period * (alarm.periods + EXTRA_PERIODS + 1)


def periods_of(alarm: Alarm, read: Reader, now: float) -> dict[int, Summary]:
    """The periods that an evaluation needs: of the alarm's metric, or of its expression."""
    begin, end = now - seconds_needed(alarm), now + 1
    if alarm.math is None:
        return read(alarm.namespace, alarm.metric, alarm.dimensions, alarm.unit, begin, end)
    found: dict[str, dict[int, float]] = {}
    for query in alarm.math.queries:
        summaries = read(query.namespace, query.metric, query.dimensions, query.unit, begin, end)
        values = {start: one.statistic(query.statistic) for start, one in summaries.items()}
        found[query.id] = {start: value for start, value in values.items() if value is not None}
    starts = range(int(begin // alarm.period) * alarm.period, int(now) + 1, alarm.period)
    return {start: Summary.single(value) for start, value in alarm.math.values(found, starts).items()}


def evaluate_alarm(alarm: Alarm, periods: Mapping[int, Summary], now: float, state: str) -> Verdict:
    """The state at a time. `state` is the present one, which an alarm may keep for missing data."""
    points = _points(alarm, periods, now)
    if 0 < _samples(alarm, periods, points) < alarm.fewest:
        return Verdict(state, ())
    real = [point for point in points if point.value is not None]
    if len(real) >= alarm.periods:
        judged = real[-alarm.periods :]
        return Verdict(_by_count(alarm, _breaches(alarm, judged)), tuple(judged))
    filled = alarm.periods - len(real)
    return Verdict(_with_gaps(alarm, points, real, filled, state), tuple(real), filled)


def _with_gaps(alarm: Alarm, points: list[Point], real: list[Point], filled: int, state: str) -> str:
    """The state when some of the needed periods have no data."""
    breaching = _breaches(alarm, real)
    if alarm.missing == "breaching":
        return _by_count(alarm, breaching + filled)
    if alarm.missing == "notBreaching":
        return _by_count(alarm, breaching)
    if breaching >= alarm.needed:
        return ALARM
    if breaching < len(real):
        return OK  # one of them does not breach
    if alarm.missing == "ignore":
        return state
    # All known periods breach. ALARM only if the first of them is the oldest of the last `needed` periods, or older.
    age = len(points) - points.index(real[0]) if real else 0
    return ALARM if age >= alarm.needed else INSUFFICIENT_DATA


def _points(alarm: Alarm, periods: Mapping[int, Summary], now: float) -> list[Point]:
    """The periods to look at, oldest first: those that are over, and the running one if its breach is final."""
    running = int(now // alarm.period) * alarm.period
    summary = periods.get(running)
    newest = running if summary is not None and _is_final(alarm, summary) else running - alarm.period
    count = alarm.periods + EXTRA_PERIODS
    starts = range(newest - (count - 1) * alarm.period, newest + 1, alarm.period)
    return [Point(start, _value(alarm, periods.get(start))) for start in starts]


def _samples(alarm: Alarm, periods: Mapping[int, Summary], points: list[Point]) -> float:
    """The values of the evaluated periods. Without any, `TreatMissingData` decides, not the number of samples."""
    return sum(periods[point.start].count for point in points[-alarm.periods :] if point.start in periods)


def _is_final(alarm: Alarm, summary: Summary) -> bool:
    """Whether a period breaches, whatever else is put into it; for an expression, whether it breaches now."""
    value = _value(alarm, summary)
    if value is None or not alarm.breaches(value):
        return False
    if alarm.comparison.startswith("Greater"):
        grows = alarm.math is not None or alarm.statistic in ("Maximum", "SampleCount")
        return grows or (alarm.statistic == "Sum" and summary.low >= 0)
    return alarm.statistic == "Minimum"


def _value(alarm: Alarm, summary: Summary | None) -> float | None:
    return None if summary is None else summary.statistic(alarm.statistic)


def _breaches(alarm: Alarm, points: list[Point]) -> int:
    return sum(point.value is not None and alarm.breaches(point.value) for point in points)


def _by_count(alarm: Alarm, breaching: int) -> str:
    return ALARM if breaching >= alarm.needed else OK
