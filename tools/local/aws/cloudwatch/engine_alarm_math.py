"""What the engine does not store of an alarm: its `Metrics`, and how it treats few samples of a percentile."""

import contextlib
import contextvars
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.cloudwatch.alarm import LOW_SAMPLES, Refused
from tools.local.aws.cloudwatch.alarm_math import EXCLUDED, normalized
from tools.local.engine.patching import core, patch

Record = dict[str, Any]
Sent = Mapping[str, Any]
# The request that the engine is storing.
_sent: contextvars.ContextVar[Sent | None] = contextvars.ContextVar("alarm_request", default=None)


@contextlib.contextmanager
def storing(request: Sent) -> Iterator[None]:
    """While the engine stores an alarm from this request, `complete` adds what that leaves out. Raises Refused."""
    token = _sent.set({**request, "Metrics": _metrics_of(request)} if request.get("Metrics") else request)
    try:
        yield
    finally:
        _sent.reset(token)


def complete(record: Record) -> None:
    """Add to the engine's record what it leaves out of the present request."""
    sent = _sent.get() or {}
    if sent.get(LOW_SAMPLES):
        record[LOW_SAMPLES] = sent[LOW_SAMPLES]
    if sent.get("Metrics"):
        _on_an_expression(record, sent["Metrics"])


def _on_an_expression(record: Record, metrics: list[Record]) -> None:
    """An alarm on an expression has no metric of its own, and no default for it either."""
    for key in EXCLUDED:
        record.pop(key, None)
    record["Metrics"] = metrics


def _metrics_of(request: Sent) -> list[Record]:
    if beside := [key for key in EXCLUDED if request.get(key)]:
        raise Refused(f"alarm {request.get('AlarmName')}: {', '.join(beside)} cannot be given with Metrics")
    return normalized(request["Metrics"])


def from_query(params: Mapping[str, Any]) -> Record:
    """The members of a request in the query protocol that matter here."""
    value: Callable[[Mapping[str, Any], str], str] = core("services.cloudwatch")._p
    metrics: list[Record] = []
    for number in itertools.count(1):
        start = f"Metrics.member.{number}."
        if not value(params, f"{start}Id"):
            break
        one: Record = {key: value(params, start + key) for key in ("Id", "Expression", "Label")}
        one["ReturnData"] = value(params, f"{start}ReturnData") or "true"
        stat = f"{start}MetricStat."
        if value(params, f"{stat}Stat"):
            metric = f"{stat}Metric."
            one["MetricStat"] = {
                "Metric": {
                    "Namespace": value(params, f"{metric}Namespace"),
                    "MetricName": value(params, f"{metric}MetricName"),
                    "Dimensions": list(_dimensions(params, metric, value)),
                },
                **{key: value(params, stat + key) for key in ("Period", "Stat", "Unit") if value(params, stat + key)},
            }
        metrics.append(one)
    sent = {key: value(params, key) for key in ("AlarmName", LOW_SAMPLES, *EXCLUDED)}
    return {**sent, "Metrics": metrics}


def _dimensions(
    params: Mapping[str, Any], metric: str, value: Callable[[Mapping[str, Any], str], str]
) -> Iterator[dict[str, str]]:
    for number in itertools.count(1):
        place = f"{metric}Dimensions.member.{number}."
        if not value(params, f"{place}Name"):
            return
        yield {"Name": value(params, f"{place}Name"), "Value": value(params, f"{place}Value")}


class _WithAMetric:
    """A template's properties as the engine expects them: with a metric, which `Metrics` replaces afterwards."""

    def __init__(self, properties: Record) -> None:
        self._properties = properties

    def get(self, key: str, default: Any = None) -> Any:
        if key in EXCLUDED:
            return "none" if key in ("MetricName", "Namespace") else default
        return None if key == "Metrics" else self._properties.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self._properties[key]


@patch
def templates_may_have_all_of_an_alarm() -> None:
    """CloudFormation passes an alarm's Metrics to CloudWatch, and how it treats few samples. The engine refuses the
    former and drops the latter."""
    provisioners = core("services.cloudformation.provisioners")
    record_of: Callable[[str, Any], Record] = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Record) -> Record:
        metrics: Sequence[Sent] | None = properties.get("Metrics")
        if not metrics:
            low_samples = properties.get(LOW_SAMPLES)
            return {**record_of(name, properties), **({LOW_SAMPLES: low_samples} if low_samples else {})}
        made = record_of(name, _WithAMetric(properties))
        beside = {key: properties.get(key) for key in EXCLUDED}
        try:
            _on_an_expression(made, _metrics_of({**beside, "AlarmName": name, "Metrics": metrics}))
        except Refused as refused:
            raise ResourceFailed(str(refused)) from None
        return made

    provisioners._cw_metric_alarm_record = record
