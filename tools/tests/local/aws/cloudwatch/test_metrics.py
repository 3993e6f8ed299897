"""The store of metrics: exact sums, bounded memory, saving and loading."""

import json
import random
from typing import Any

import pytest

from tools.local.aws.cloudwatch import metrics
from tools.local.aws.cloudwatch.engine_saved_metrics import Metrics
from tools.local.aws.cloudwatch.metrics import DAY, DISTINCT_VALUES, HOUR, METRICS, Metric, MetricStore, Summary

HERE = ("000000000000", "us-east-1")
NOW = 1_800_000_000.0
METRIC = Metric.of(HERE, "N", "m", {"b": "2", "a": "1"})
STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


def filled(values: list[float], at: float = NOW) -> MetricStore:
    store = MetricStore()
    for value in values:
        store.put(METRIC, Summary.single(value), at, at)
    return store


def whole(store: MetricStore, now: float = NOW) -> Summary:
    (summary,) = store.periods(METRIC, 60, now - 60, now + 60).values()
    return summary


def test_a_metric_is_exactly_its_dimensions() -> None:
    store = filled([1.0])
    assert Metric.of(HERE, "N", "m", {"a": "1", "b": "2"}) == METRIC
    for other in ({"a": "1"}, {"a": "1", "b": "3"}, {}):
        assert not store.periods(Metric.of(HERE, "N", "m", other), 60, 0, NOW + 60)
    assert not store.periods(METRIC, 60, 0, NOW + 60, unit="Seconds")


def test_statistics_of_a_period() -> None:
    summary = whole(filled([1, 2, 3, 4, 10]))
    assert [summary.statistic(name) for name in STATISTICS] == [5, 20, 4, 1, 10]
    assert [summary.statistic(name) for name in ("p0", "p50", "p75", "p100")] == [1, 3, 4, 10]
    assert summary.statistic("p90") == pytest.approx(7.6)


def test_many_values_use_no_more_memory_and_stay_exact() -> None:
    chance = random.Random(3)  # noqa: S311 - test data
    values = [float(chance.randrange(10**6)) for _ in range(DISTINCT_VALUES * 50)]
    summary = whole(filled(values))
    assert summary.values is None
    wanted = [len(values), sum(values), sum(values) / len(values), min(values), max(values)]
    assert [summary.statistic(name) for name in STATISTICS] == wanted
    assert summary.statistic("p50") is None, "unknown rather than wrong"


def test_old_values_are_aggregated_and_finally_dropped() -> None:
    store, last = MetricStore(), NOW + 8 * DAY
    for minute in range(0, 8 * DAY // 60):
        at = NOW + 60 * minute
        store.put(METRIC, Summary.single(1.0), at, at)
    ((_, _, slots),) = store.all()
    assert len(slots) < 3 * 60 + 21 * 12 + 24 * 6 + 24
    for length, back in ((60, HOUR), (300, 20 * HOUR), (3600, 6 * DAY)):
        periods = store.periods(METRIC, length, last - back, last - length)
        assert {summary.count for summary in periods.values()} == {length / 60}, length


def test_the_number_of_metrics_is_bounded() -> None:
    store = filled([1.0])
    for number in range(METRICS):
        store.put(Metric.of(HERE, "N", "m", {"request": str(number)}), Summary.single(1), NOW, NOW)
    assert len(store.all()) == METRICS
    assert not store.periods(METRIC, 60, 0, NOW + 60), "the least recently written metric is dropped"


class Disk:
    """The rows that saves wrote."""

    def __init__(self, store: MetricStore) -> None:
        self.source = Metrics(store)
        self.rows: dict[str, Any] = {}

    def save(self) -> int:
        """The number of rows written."""
        (part,) = self.source.take().values()
        changed = json.loads(json.dumps(part.changed()))
        if part.complete:
            self.rows.clear()
        for key, value in changed:
            self.rows[key] = value
            if value is None:
                del self.rows[key]
        return len(changed)

    def loaded(self) -> MetricStore:
        store = MetricStore()
        source = Metrics(store)
        source.restore_parts({}, {(): self.rows})
        source.loaded()
        (part,) = source.take().values()
        assert not part.complete
        assert part.changed() == [], "what was read is not written again"
        assert dict(json.loads(json.dumps(part.everything()))) == self.rows
        return store


def test_accepted_work_outlives_the_process() -> None:
    store = filled([1.0, 2.0, 2.0])
    for number in range(DISTINCT_VALUES + 1):
        store.put(METRIC, Summary.single(float(number)), NOW + 60, NOW + 60, "Seconds")
    disk = Disk(store)
    disk.save()
    assert disk.loaded().all() == store.all()


def test_a_save_writes_only_the_slots_that_were_written() -> None:
    store = filled([1.0])
    other = Metric.of(HERE, "N", "other", {})
    store.put(other, Summary.single(1.0), NOW, NOW)
    disk = Disk(store)
    assert disk.save() == 2
    assert disk.save() == 0
    store.count(METRIC, 2.0, NOW, "None")
    store.put(METRIC, Summary.single(3.0), NOW + 60, NOW + 60)
    store.put(METRIC, Summary.single(4.0), NOW + 60, NOW + 60)
    assert disk.save() == 2
    assert disk.loaded().all() == store.all(), "in the order of their last slots"
    store.put(other, Summary.single(1.0), NOW + 60, NOW + 60)
    disk.source.forget()
    assert disk.save() == 4, "the last save failed"


def test_removed_slots_are_removed_from_the_disk() -> None:
    store = filled([1.0, 2.0])
    disk = Disk(store)
    for number in range(METRICS - 1):
        store.put(Metric.of(HERE, "N", "m", {"request": str(number)}), Summary.single(1), NOW, NOW)
    disk.save()
    store.put(Metric.of(HERE, "N", "m", {"request": "last"}), Summary.single(1), NOW, NOW)
    assert disk.save() == 2, "the new one, and the one that was dropped"
    assert len(disk.rows) == METRICS
    store.put(METRIC, Summary.single(1), NOW + 8 * DAY, NOW + 8 * DAY)  # the others are too old
    disk.save()
    assert disk.loaded().all() == store.all()
    assert len(disk.rows) == 1
    store.clear()
    disk.save()
    assert disk.rows == {}


def test_values_that_come_while_the_state_is_saved_do_not_change_what_is_read() -> None:
    store = MetricStore()
    store.put(METRIC, Summary.single(1.0), NOW, NOW)
    ((_, _, ((_, read),)),) = store.all()
    store.count(METRIC, 2.0, NOW, "None")
    assert (read.count, read.values) == (1.0, {1.0: 1.0})


def test_late_values_belong_to_their_time() -> None:
    store = MetricStore()
    store.put(METRIC, Summary.single(7.0), NOW - 2 * DAY, NOW)
    (start,) = store.periods(METRIC, metrics.HOUR, 0, NOW)
    assert start == NOW - 2 * DAY
