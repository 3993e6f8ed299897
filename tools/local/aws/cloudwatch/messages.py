"""CloudWatch's texts about an alarm: the reason of its state, and the message to its topics."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.local.aws.cloudwatch.alarm import ALARM, COMPARISONS, INSUFFICIENT_DATA, LOW_SAMPLES, Alarm
from tools.local.aws.cloudwatch.evaluation import Point, Verdict

FILLED = {"breaching": "[Breaching]", "notBreaching": "[NonBreaching]", "missing": "[Missing]", "ignore": "[Ignored]"}
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
REGION_NAMES = {"us-east-1": "US East (N. Virginia)"}


def reason(alarm: Alarm, verdict: Verdict) -> str:
    """The sentence in `StateReason`."""
    if verdict.state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_count(alarm.periods, 'datapoint')} {_was(alarm.periods)} unknown."
    alarming = verdict.state == ALARM
    gaps = ""
    if verdict.filled:
        treated = f"{_count(verdict.filled, 'missing datapoint')} {_was(verdict.filled)} treated as"
        gaps = f"{treated} {FILLED[alarm.missing]}"
    if not verdict.points:
        received = f"no datapoints were received for {_count(alarm.periods, 'period')}"
        return f"Threshold Crossed: {received} and {gaps}."
    shown = [point for point in verdict.points if alarm.breaches(_number(point)) == alarming] or list(verdict.points)
    datapoints = ", ".join(f"{_number(point)} ({_day(point.start)})" for point in shown)
    count = len(verdict.points)
    direction = "OK -> ALARM" if alarming else "ALARM -> OK"
    needed = alarm.needed if alarming else alarm.periods - alarm.needed + 1
    return (
        f"Threshold Crossed: {len(shown)} out of the last {count} datapoints [{datapoints}] "
        f"{_was(len(shown))} {'' if alarming else 'not '}{COMPARISONS[alarm.comparison]} "
        f"the threshold ({alarm.threshold}){f' and {gaps}' if gaps else ''} "
        f"(minimum {_count(needed, 'datapoint')} for {direction} transition)."
    )


def reason_data(alarm: Alarm, verdict: Verdict, now: float) -> str:
    """The JSON in `StateReasonData`."""
    content: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now)}
    if verdict.points:
        content["startDate"] = stamp(verdict.points[0].start)
    if alarm.math is None:
        content["statistic"] = alarm.statistic
    content |= {
        "period": alarm.period,
        "recentDatapoints": [_number(point) for point in verdict.points],
        "threshold": alarm.threshold,
        "evaluatedDatapoints": [
            {"timestamp": stamp(point.start), "value": _number(point)} for point in reversed(verdict.points)
        ],
    }
    return json.dumps(content, separators=(",", ":"))


def notification(record: Mapping[str, Any], old: str, now: float) -> tuple[str, str]:
    """Subject and message for a topic, for the engine's record of a metric alarm or a composite one."""
    name, state, arn = record["AlarmName"], record["StateValue"], str(record["AlarmArn"])
    _, _, _, region, account = arn.split(":")[:5]
    where = REGION_NAMES.get(region, region)
    content: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": record.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(record.get("AlarmConfigurationUpdatedTimestamp") or now),
        "NewStateValue": state,
        "NewStateReason": record.get("StateReason", ""),
        "StateChangeTime": stamp(now),
        "Region": where,
        "AlarmArn": arn,
        "OldStateValue": old,
        **{actions: list(record.get(actions) or []) for actions in ("OKActions", "AlarmActions")},
        "InsufficientDataActions": list(record.get("InsufficientDataActions") or []),
    }
    if "AlarmRule" in record:
        content["AlarmRule"] = record["AlarmRule"]
    else:
        content["Trigger"] = _trigger(record)
    return f'{state}: "{name}" in {where}'[:100], json.dumps(content, separators=(",", ":"))


def _trigger(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **(_metrics(record) if record.get("Metrics") else _metric(record)),
        "EvaluationPeriods": record.get("EvaluationPeriods"),
        **({"DatapointsToAlarm": record["DatapointsToAlarm"]} if record.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": record.get("ComparisonOperator"),
        "Threshold": record.get("Threshold"),
        "TreatMissingData": record.get("TreatMissingData") or "missing",
        LOW_SAMPLES: record.get(LOW_SAMPLES) or "",
    }


def _metrics(record: Mapping[str, Any]) -> dict[str, Any]:
    """What an alarm on an expression watches."""
    entries = []
    for entry in record["Metrics"]:
        stat = entry.get("MetricStat")
        if stat:
            dimensions = _dimensions(stat["Metric"].get("Dimensions") or [])
            entry = {**entry, "MetricStat": {**stat, "Metric": {**stat["Metric"], "Dimensions": dimensions}}}
        entries.append(entry)
    return {"Metrics": entries}


def _dimensions(dimensions: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"value": one["Value"], "name": one["Name"]} for one in dimensions]


def _metric(record: Mapping[str, Any]) -> dict[str, Any]:
    """What an alarm on a metric watches."""
    extended = record.get("ExtendedStatistic")
    kind = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {"StatisticType": "Statistic", "Statistic": _constant(record.get("Statistic") or "Average")}
    )
    return {
        "MetricName": record.get("MetricName"),
        "Namespace": record.get("Namespace"),
        **kind,
        "Unit": record.get("Unit"),
        "Dimensions": _dimensions(record.get("Dimensions") or []),
        "Period": record.get("Period"),
    }


def stamp(seconds: float) -> str:
    """A time as CloudWatch writes it in its messages."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _constant(statistic: str) -> str:
    return {"SampleCount": "SAMPLE_COUNT"}.get(statistic, statistic.upper())


def _number(point: Point) -> float:
    return 0.0 if point.value is None else point.value


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
