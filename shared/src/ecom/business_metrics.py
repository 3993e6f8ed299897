"""Business metrics, such as OrdersCreated: what a service counts in CloudWatch, by environment and service.

They follow from the events that the table's stream publishes, so they agree with the table. Guarantees: a metric is
counted after its event was published, when Lambda is told that the record is done. A record that Lambda reads again
because of a failure is counted by the attempt that succeeds. A record that this environment counted is not counted
again. What remains is in docs/adr/0040-business-metrics-are-counted-where-events-are-published.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ecom.embedded_metrics import MAX_VALUES, Metric, Unit, write

REMEMBERED = 1000  # records
MINUTE = 60


@dataclass(frozen=True, slots=True)
class BusinessMetric:
    name: str
    value: int = 1
    unit: Unit = "Count"


def amount(name: str, value: int) -> BusinessMetric:
    """An amount of money, in the smallest unit of the currency."""
    return BusinessMetric(name, value, "None")


@dataclass(frozen=True, slots=True)
class Published:
    """The metrics of one record of a stream, whose events were published. `at` is when the table was written, in
    seconds since 1970; None where it is unknown."""

    record_id: str
    metrics: Sequence[BusinessMetric]
    at: float | None = None


class MetricCounter:
    """`clock` is the time in seconds since 1970."""

    def __init__(self, environment: str, service: str, clock: Callable[[], float]) -> None:
        self._dimensions = {"environment": environment, "service": service}
        self._clock = clock
        self._counted: OrderedDict[str, None] = OrderedDict()

    def count(self, *metrics: BusinessMetric) -> None:
        """Count what no event tells. It happened now."""
        self._write(metrics, self._clock())

    def count_published(self, records: Iterable[Published]) -> None:
        """Write one line for all records, or one for each minute in which the table was written."""
        now = self._clock()
        minutes: dict[int, list[Published]] = {}
        for record in records:
            if record.metrics and self._is_new(record.record_id):
                minutes.setdefault(int(_time(record, now)) // MINUTE, []).append(record)
        for _, found in sorted(minutes.items()):
            metrics = [metric for record in found for metric in record.metrics]
            at = max(_time(record, now) for record in found)
            for start in range(0, len(metrics), MAX_VALUES):
                self._write(metrics[start : start + MAX_VALUES], at)

    def _is_new(self, record_id: str) -> bool:
        if record_id in self._counted:
            return False
        self._counted[record_id] = None
        if len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return True

    def _write(self, metrics: Sequence[BusinessMetric], at: float) -> None:
        by_name: dict[tuple[str, Unit], list[int]] = {}
        for metric in metrics:
            by_name.setdefault((metric.name, metric.unit), []).append(metric.value)
        if by_name:
            write([_metric(name, unit, values) for (name, unit), values in by_name.items()], self._dimensions, at)


def _time(record: Published, now: float) -> float:
    return now if record.at is None else record.at


def _metric(name: str, unit: Unit, values: list[int]) -> Metric:
    """A count is one number. Each amount stays a value of its own, for averages and percentiles."""
    return Metric(name, [sum(values)] if unit == "Count" else values, unit)
