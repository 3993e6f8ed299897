"""Facts of the business: what a service counts in CloudWatch, by environment and service.

A fact follows from an event that the table's stream publishes, so it is as true as the table. Guarantees: a fact is
counted after its event was published, when Lambda is told that the record is done. A record that Lambda reads again
because of a failure is counted by the attempt that succeeds. A record that this environment counted is not counted
again. What remains is in docs/adr/0040-a-fact-is-counted-where-its-event-is-published.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ecom.embedded_metrics import MAX_VALUES, Metric, Unit, write

REMEMBERED = 1000  # records
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: int = 1
    unit: Unit = "Count"


def amount(name: str, value: int) -> Fact:
    """An amount of money, in the smallest unit of the currency."""
    return Fact(name, value, "None")


@dataclass(frozen=True, slots=True)
class Published:
    """The facts of one record of a stream, whose events were published. `at` is when the table was written, in seconds
    since 1970; None where it is unknown."""

    record_id: str
    facts: Sequence[Fact]
    at: float | None = None


class FactCounter:
    """`clock` is the time in seconds since 1970."""

    def __init__(self, environment: str, service: str, clock: Callable[[], float]) -> None:
        self._dimensions = {"environment": environment, "service": service}
        self._clock = clock
        self._counted: OrderedDict[str, None] = OrderedDict()

    def count(self, *facts: Fact) -> None:
        """Facts that no event tells: they happened now."""
        self._write(facts, self._clock())

    def count_published(self, records: Iterable[Published]) -> None:
        """Write one line for all records, or one for each minute in which the table was written."""
        now = self._clock()
        minutes: dict[int, list[Published]] = {}
        for record in records:
            if record.facts and self._is_new(record.record_id):
                minutes.setdefault(int(_time(record, now)) // MINUTE, []).append(record)
        for _, found in sorted(minutes.items()):
            facts = [fact for record in found for fact in record.facts]
            at = max(_time(record, now) for record in found)
            for start in range(0, len(facts), MAX_VALUES):
                self._write(facts[start : start + MAX_VALUES], at)

    def _is_new(self, record_id: str) -> bool:
        if record_id in self._counted:
            return False
        self._counted[record_id] = None
        if len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return True

    def _write(self, facts: Sequence[Fact], at: float) -> None:
        by_name: dict[tuple[str, Unit], list[int]] = {}
        for fact in facts:
            by_name.setdefault((fact.name, fact.unit), []).append(fact.value)
        if by_name:
            write([_metric(name, unit, values) for (name, unit), values in by_name.items()], self._dimensions, at)


def _time(record: Published, now: float) -> float:
    return now if record.at is None else record.at


def _metric(name: str, unit: Unit, values: list[int]) -> Metric:
    """A count is one number. Each amount stays a value of its own, for averages and percentiles."""
    return Metric(name, [sum(values)] if unit == "Count" else values, unit)
