"""The saved form of the metrics: a row for each slot, so that a save holds only the slots that were written.

A cloud that has run for hours has thousands of metrics with dozens of slots each. Between two saves few of them change.
"""

import json
from collections.abc import Mapping
from typing import Any

from tools.local.aws.cloudwatch.engine_metrics import store
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore, Slot, Summary
from tools.local.persistence.parts import Part, Row, part_name


class Metrics:
    """The source of this part."""

    kind = "metric"

    def __init__(self, metrics: MetricStore = store) -> None:
        self._metrics = metrics

    def take(self) -> dict[str, Part]:
        written = self._metrics.take_written()

        def everything() -> list[Row]:
            return [self._row(slot) for slot in self._metrics.slots()]

        def changed() -> list[Row]:
            return everything() if written is None else [self._row(slot) for slot in written]

        return {part_name(self.kind): Part(written is None, changed, everything)}

    def forget(self) -> None:
        self._metrics.forget_written()

    def loaded(self) -> None:
        """What was read is what is saved."""
        self._metrics.take_written()

    def _row(self, slot: Slot) -> Row:
        metric, start = slot
        key = json.dumps([*metric.place, metric.namespace, metric.name, metric.dimensions, start])
        found = self._metrics.slot(metric, start)
        if found is None:
            return key, None
        unit, one = found
        values = None if one.values is None else list(one.values.items())
        return key, [unit, one.count, one.total, one.low, one.high, values]

    def remove_parts(self, services: dict[str, Any]) -> None:
        if "cloudwatch" in services:
            services["cloudwatch"] = {**services["cloudwatch"], "metrics": {}}

    def restore_parts(
        self,
        services: dict[str, Any],  # noqa: ARG002 - a source's signature
        parts: Mapping[tuple[str, ...], Mapping[str, Any]],
    ) -> None:
        found: dict[Metric, tuple[str, dict[int, Summary]]] = {}
        for key, (unit, count, total, low, high, values) in parts.get((), {}).items():
            account, region, namespace, name, dimensions, start = json.loads(key)
            metric = Metric((account, region), namespace, name, tuple((one, value) for one, value in dimensions))
            counted = None if values is None else dict(values)
            found.setdefault(metric, (unit, {}))[1][start] = Summary(count, total, low, high, counted)
        for metric, (unit, slots) in sorted(found.items(), key=lambda one: max(one[1][1])):
            self._metrics.load(metric, unit, slots)
