"""A bounded store of metrics: values are summed by the minute, and by longer slots as they age.

Guarantees: count, sum, minimum and maximum of any period are exact. Percentiles are exact while a slot has few enough
distinct values. Memory does not grow with the number of values, and is bounded in the number of metrics and in time.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3600, 86400
# From which age on values are kept in slots of which length. Older values than the last age are dropped. CloudWatch
# keeps minutes for 15 days; here the longest time that an alarm may look back is kept: a week, in periods of an hour or
# more.
SLOTS = ((0, MINUTE), (3 * HOUR, 5 * MINUTE), (DAY, HOUR))
LONGEST = 7 * DAY + 2 * HOUR
DISTINCT_VALUES = 100
METRICS = 5000
TRIM_SECONDS = 600


@dataclass(frozen=True)
class Metric:
    """A metric: its namespace, its name and exactly these dimensions, in one account and region."""

    place: tuple[str, str]
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, place: tuple[str, str], namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        return cls(place, namespace, name, tuple(sorted(dimensions.items())))


Slot = tuple[Metric, int]
"""A metric and the beginning of one of its slots."""


@dataclass(slots=True)
class Summary:
    """The values of one slot or period. `values` counts each value; None where there were too many different ones."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    values: dict[float, float] | None = field(default_factory=dict)

    @classmethod
    def single(cls, value: float, count: float = 1.0) -> "Summary":
        return cls(count, value * count, value, value, {value: count})

    def copy(self) -> "Summary":
        values = None if self.values is None else self.values.copy()
        return Summary(self.count, self.total, self.low, self.high, values)

    def add(self, other: "Summary") -> None:
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
            return
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + count
        if len(self.values) > DISTINCT_VALUES:
            self.values = None

    def add_one(self, value: float) -> None:
        self.count += 1.0
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)
        if self.values is not None:
            self.values[value] = self.values.get(value, 0.0) + 1.0
            if len(self.values) > DISTINCT_VALUES:
                self.values = None

    def statistic(self, name: str) -> float | None:
        """`Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or `p99`; None where it is unknown."""
        if self.count <= 0:
            return None
        if name.startswith("p"):
            return self._percentile(float(name[1:]))
        known = {
            "SampleCount": self.count,
            "Sum": self.total,
            "Average": self.total / self.count,
            "Minimum": self.low,
            "Maximum": self.high,
        }
        return known[name]

    def _percentile(self, percent: float) -> float | None:
        """Interpolated between the two nearest ranks. CloudWatch has no percentiles of negative values."""
        if self.values is None or self.low < 0:
            return None
        rank = percent / 100 * (self.count - 1) if self.count > 1 else 0.0
        lower = int(rank)
        begin, end = self._at(lower), self._at(lower + 1)
        return begin + (rank - lower) * (end - begin)

    def _at(self, rank: int) -> float:
        seen = 0.0
        for value, count in sorted((self.values or {}).items()):
            seen += count
            if rank < seen:
                return value
        return self.high


@dataclass
class _Series:
    unit: str
    slots: dict[int, Summary] = field(default_factory=dict)


class MetricStore:
    """All metrics of a cloud. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, _Series] = {}  # the one written longest ago comes first
        self._trimmed = 0.0
        # The slots that were written or removed since `take_written`. None: any slot may have been.
        self._written: set[Slot] | None = None

    def put(self, metric: Metric, values: Summary, at: float, now: float, unit: str = "None") -> None:
        """Add values of the time `at`."""
        with self._lock:
            series = self._series.pop(metric, None) or _Series(unit)
            series.unit = unit
            self._series[metric] = series
            start = _slot(at, now)
            if start in series.slots:
                series.slots[start].add(values)
            else:
                series.slots[start] = values
            self._note(metric, start)
            if len(self._series) > METRICS:
                self._remove_oldest()
            if now - self._trimmed >= TRIM_SECONDS:
                self._trimmed = now
                self._trim(now)

    def count(self, metric: Metric, value: float, now: float, unit: str) -> None:
        """Add one value of the present time. The same as `put`, but faster."""
        start = int(now // MINUTE) * MINUTE
        with self._lock:
            series = self._series.get(metric)
            summary = series.slots.get(start) if series else None
            if summary is not None:
                summary.add_one(value)
                self._note(metric, start)
                return
        self.put(metric, Summary.single(value), now, now, unit)

    def periods(
        self, metric: Metric, length: int, begin: float, end: float, unit: str | None = None
    ) -> dict[int, Summary]:
        """The summaries between two times, by periods that begin at multiples of their length."""
        with self._lock:
            series = self._series.get(metric)
            if series is None or (unit and series.unit != unit):
                return {}
            found: dict[int, Summary] = {}
            for start, summary in series.slots.items():
                if begin <= start < end:
                    found.setdefault(start // length * length, Summary()).add(summary)
            return found

    def all(self) -> list[tuple[Metric, str, list[tuple[int, Summary]]]]:
        """Each metric with its unit and copies of its slots, in the order of time: other threads go on writing."""
        with self._lock:
            return [
                (metric, series.unit, [(start, series.slots[start].copy()) for start in sorted(series.slots)])
                for metric, series in self._series.items()
            ]

    def clear(self) -> None:
        with self._lock:
            self._series.clear()
            self._written = None

    def _remove_oldest(self) -> None:
        oldest = next(iter(self._series))
        for start in self._series.pop(oldest).slots:
            self._note(oldest, start)

    def _trim(self, now: float) -> None:
        self._written = None
        for metric, series in list(self._series.items()):
            kept: dict[int, Summary] = {}
            for start, summary in series.slots.items():
                if now - start > LONGEST:
                    continue
                wider = _slot(start, now)
                if wider in kept:
                    kept[wider].add(summary)
                else:
                    kept[wider] = summary
            series.slots = kept
            if not kept:
                del self._series[metric]

    # --- what a save needs; see `engine_saved_metrics.py` ---

    def _note(self, metric: Metric, start: int) -> None:
        if self._written is not None:
            self._written.add((metric, start))

    def take_written(self) -> set[Slot] | None:
        """The slots that were written or removed since the last call; None where any slot may have been."""
        with self._lock:
            written, self._written = self._written, set()
        return written

    def forget_written(self) -> None:
        """Let the next `take_written` return None."""
        with self._lock:
            self._written = None

    def slot(self, metric: Metric, start: int) -> tuple[str, Summary] | None:
        """The unit and the live values of a slot. It takes no lock, so a copy of the process can call it."""
        series = self._series.get(metric)
        summary = series.slots.get(start) if series else None
        return (series.unit, summary) if series and summary else None

    def slots(self) -> list[Slot]:
        """All slots. It takes no lock, as above."""
        return [(metric, start) for metric, series in list(self._series.items()) for start in list(series.slots)]

    def load(self, metric: Metric, unit: str, slots: dict[int, Summary]) -> None:
        """Replace a metric by its saved slots."""
        with self._lock:
            self._series[metric] = _Series(unit, slots)


def _slot(at: float, now: float) -> int:
    """The beginning of the slot for a time, given its age."""
    length = MINUTE
    for age, slot in SLOTS:
        if now - at >= age:
            length = slot
    return int(at // length) * length
