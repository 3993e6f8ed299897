"""CloudWatch's metrics in our store, and the metrics that AWS records for functions, rules and logs."""

import contextvars
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.local.aws.cloudwatch.embedded_metrics import metrics_in
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore, Summary
from tools.local.engine.patching import core, patch

store = MetricStore()
clock = time.time
Dimensions = Mapping[str, str]


def place() -> tuple[str, str]:
    """Account and region of the current request."""
    responses = core("core.responses")
    return responses.get_account_id(), responses.get_region()


def put(namespace: str, name: str, dimensions: Dimensions, values: Summary | float, unit: str, at: float = 0) -> None:
    now = clock()
    summary = values if isinstance(values, Summary) else Summary.single(float(values))
    store.put(Metric.of(place(), namespace, name, dimensions), summary, at or now, now, unit)


@functools.lru_cache(maxsize=4096)
def _rule_metric(here: tuple[str, str], rule: str, name: str) -> Metric:
    """Count for AWS/Events: by rule; on a custom bus by bus and rule."""
    bus, _, rule_name = rule.partition(":rule/")[2].rpartition("/")
    return Metric.of(here, "AWS/Events", name, {**({"EventBusName": bus} if bus else {}), "RuleName": rule_name})


def count_for_rule(rule: str, name: str) -> None:
    store.count(_rule_metric(place(), rule, name), 1.0, clock(), "Count")


# --- the engine's own reading of metrics ---


class _Points(Sequence[dict[str, Any]]):
    """The slots of a metric as the engine's data points, made on demand."""

    def __init__(self, metric: Metric, unit: str, slots: list[tuple[int, Summary]]) -> None:
        self._dimensions, self._unit, self._slots = dict(metric.dimensions), unit, slots

    def __len__(self) -> int:
        return sum(len(one.values or (0,)) for _, one in self._slots)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start, one in self._slots:
            base = {"Timestamp": float(start), "Unit": self._unit, "Dimensions": self._dimensions}
            if one.values is None:
                summed = {"SampleCount": one.count, "Sum": one.total, "Minimum": one.low, "Maximum": one.high}
                yield {**base, "Value": one.total / one.count, "_stat": summed}
            else:
                for value, times in one.values.items():
                    yield {**base, "Value": value, "Count": times}

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]


Items = list[tuple[tuple[str, str, str], _Points]]
# The items that a request of many queries has read.
_read: contextvars.ContextVar[Items | None] = contextvars.ContextVar("metrics", default=None)


class _EngineView:
    """Our store with the interface of the engine's mapping of metrics."""

    @staticmethod
    def items() -> Items:
        known = _read.get()
        return _EngineView.read() if known is None else known

    @staticmethod
    def read() -> Items:
        key_of, here = core("services.cloudwatch")._dims_key, place()
        return [
            ((metric.namespace, metric.name, key_of(dict(metric.dimensions))), _Points(metric, unit, slots))
            for metric, unit, slots in store.all()
            if metric.place == here
        ]

    @staticmethod
    def clear() -> None:
        store.clear()

    @staticmethod
    def update(_saved: object) -> None:
        """The engine's saved state of metrics. The store is saved separately."""


@patch
def metrics_are_aggregated() -> None:
    """CloudWatch keeps values by the minute, and coarser as they age. The engine keeps every single value for two
    weeks, and saves and scans all of them at every call."""
    cloudwatch = core("services.cloudwatch")

    def store_datum(
        namespace: str, name: str, dimensions: Dimensions, at: float, unit: str, value: Any, values: Any, counts: Any,
        stat_values: Any,
    ) -> None:  # fmt: skip
        summary = Summary()
        if values is not None:
            for one, times in zip(values, counts or [1.0] * len(values), strict=False):
                summary.add(Summary.single(float(one), float(times)))
        elif stat_values is not None:
            sums = {key: float(stat_values.get(key, 0)) for key in ("SampleCount", "Sum", "Minimum", "Maximum")}
            same = sums["Minimum"] == sums["Maximum"]
            summary = Summary(sums["SampleCount"], sums["Sum"], sums["Minimum"], sums["Maximum"],
                              {sums["Minimum"]: sums["SampleCount"]} if same else None)  # fmt: skip
        else:
            summary = Summary.single(float(value or 0))
        if summary.count > 0:
            put(namespace, name, dimensions, summary, unit or "None", at)

    def record(
        namespace: str, name: str, value: float, unit: str = "None", dimensions: Dimensions | None = None
    ) -> None:
        put(namespace, name, dimensions or {}, float(value), unit)

    cloudwatch._metrics = _EngineView()
    cloudwatch._store_datum = store_datum
    cloudwatch.record_metric = record
    cloudwatch._evict_old_metrics = lambda: None


class _Exactly(dict[str, str]):
    """The dimensions of a query. None at all are dimensions too: those of a metric without any."""

    def __bool__(self) -> bool:
        return True


@patch
def a_request_reads_the_metrics_once() -> None:
    """GetMetricData returns the metric with exactly the dimensions of a query. The engine reads all metrics again for
    each query (a dashboard has some eighty), and sums the metrics of all dimensions for a query without any."""
    cloudwatch = core("services.cloudwatch")
    get: Callable[..., Any] = cloudwatch._get_metric_data
    dimensions_of: Callable[[Any], dict[str, str]] = cloudwatch._dims_from_list

    def dimensions(listed: Any) -> dict[str, str]:
        found = dimensions_of(listed)
        return found if _read.get() is None else _Exactly(found)

    def get_metric_data(*request: Any, **options: Any) -> Any:
        token = _read.set(_EngineView.read())
        try:
            return get(*request, **options)
        finally:
            _read.reset(token)

    cloudwatch._get_metric_data = get_metric_data
    cloudwatch._dims_from_list = dimensions


# --- the metrics that AWS records ---


@functools.lru_cache(maxsize=4096)
def _function_metrics(here: tuple[str, str], function: str, qualifier: str, version: str) -> list[tuple[str, Metric]]:
    """The metrics of all functions of the account, of a function, of the alias or version that was invoked, and of the
    version that an alias ran."""
    sets: list[dict[str, str]] = [{}, {"FunctionName": function}]
    if qualifier:
        sets.append({"FunctionName": function, "Resource": f"{function}:{qualifier}"})
    if qualifier and qualifier not in (version, "$LATEST"):
        sets.append({**sets[-1], "ExecutedVersion": version})
    return [(name, Metric.of(here, "AWS/Lambda", name, dimensions))
            for dimensions in sets for name in ("Invocations", "Errors", "Throttles", "Duration")]  # fmt: skip


def _of_function(config: Mapping[str, Any], values: Mapping[str, float]) -> None:
    name, arn, now = str(config.get("FunctionName", "")), str(config.get("FunctionArn", "")), clock()
    qualifier = arn.partition(":function:")[2].partition(":")[2]
    for kind, metric in _function_metrics(place(), name, qualifier, str(config.get("Version", "$LATEST"))):
        if kind in values:
            store.count(metric, values[kind], now, "Milliseconds" if kind == "Duration" else "Count")


def put_iterator_age(here: tuple[str, str], function: str, qualifier: str | None, seconds: float) -> None:
    """The age of the last record of a batch when the function has processed it."""
    sets = [{"FunctionName": function}]
    if qualifier:
        sets.append({"FunctionName": function, "Resource": f"{function}:{qualifier}"})
    for dimensions in sets:
        metric = Metric.of(here, "AWS/Lambda", "IteratorAge", dimensions)
        store.count(metric, round(max(seconds, 0.0) * 1000), clock(), "Milliseconds")


@patch
def every_invocation_is_measured_once() -> None:
    """AWS measures every invocation of a function once, by any caller. The engine measures only those by API,
    counts an asynchronous one when it is accepted, and counts a throttled one twice."""
    functions = core("services.lambda_svc")
    dispatch: Callable[..., dict[str, Any]] = functions._execute_function_dispatch

    def measured(func: Any, config: Mapping[str, Any], event: Any, request_id: str, started: float) -> dict[str, Any]:
        result = dispatch(func, config, event, request_id, started)
        milliseconds = float(result.get("milliseconds") or (clock() - started) * 1000)
        errors = 1.0 if result.get("error") else 0.0
        metrics = {"Invocations": 1.0, "Errors": errors, "Throttles": 0.0, "Duration": round(milliseconds, 2)}
        _of_function(config, metrics)
        return result

    def throttled(function_name: str, *, duration_ms: float, throttle: bool, **_rest: bool) -> None:
        if throttle and duration_ms == 0:
            _of_function({"FunctionName": function_name}, {"Throttles": 1.0})

    functions._execute_function_dispatch = measured
    functions._emit_lambda_metrics = throttled


@patch
def metrics_in_logs_are_extracted() -> None:
    """CloudWatch Logs extracts metrics in embedded metric format from the lines that clients write (for those of
    functions see `engine_function_logs.py`). The engine does not."""
    logs = core("services.cloudwatch_logs")
    put_log_events: Callable[..., Any] = logs._put_log_events

    def put_and_extract(data: Mapping[str, Any]) -> Any:
        answer = put_log_events(data)
        if answer[0] == 200:
            extract([str(event.get("message", "")) for event in data.get("logEvents", [])])
        return answer

    logs._put_log_events = put_and_extract


def extract(lines: list[str]) -> None:
    """Store the metrics that are in these lines of a log."""
    now = clock()
    for line in lines:
        for one in metrics_in(line, now):
            put(one.namespace, one.name, one.dimensions, one.values, one.unit, one.at)
