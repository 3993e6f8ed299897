"""The alarms of a service, as resources.

Each publishes to the alarm topic, and its description names the first command. An error rate counts from two failures
in a minute: one failure among few requests is no rate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.deploy.gradual_deployment import FAILED_ANSWERS, LATE_METRICS, LEAST_FAILURES, NAMESPACE
from tools.deploy.observability.parts import PREFIX, Part, Parts
from tools.project.observability import Description, OwnAlarm

OF_FUNCTIONS = "HasFunctionAlarms"
ERROR_PERCENT = 5
STREAM_SECONDS = 300
AGE_IN_QUEUE = "ApproximateAgeOfOldestMessage"
# The metric of `ecom.message_queue`.
RETRIED_AGE = "RetriedMessageAge"
MINUTE, QUARTER_OF_AN_HOUR = 60, 900
STAGE = "prod"

Resource = dict[str, Any]


@dataclass(frozen=True)
class Alarm:
    """One alarm to be. `condition` is that of the resource."""

    id: str
    name: str
    body: Resource
    condition: str = ""


def of(parts: Parts, description: Description, topic: Any) -> Iterator[Alarm]:
    """The generated alarms of a service."""
    make = _Maker(parts.service, topic)
    for function in parts.functions:
        yield make.errors(function, parts.short(function), answers=function.id in parts.answering)
    for function in parts.stream_readers:
        yield make.iterator_age(function, parts.short(function))
    for queue in parts.queues:
        yield make.events_waiting(queue, description.wait_seconds)
    for api in parts.rest_apis:
        yield make.rest(api)
    for api in parts.graphql_apis:
        yield make.graphql(api)
    for own in description.alarms:
        yield make.own(own)


class _Maker:
    def __init__(self, service: str, topic: Any) -> None:
        self.service, self.topic = service, topic

    def errors(self, function: Part, short: str, answers: bool) -> Alarm:
        dimensions = {"FunctionName": function.name}
        metrics = [_metric("raised", "AWS/Lambda", "Errors", dimensions, "Sum")]
        failures = "FILL(raised, 0)"
        if answers:
            metrics.append(_metric("answered", NAMESPACE, FAILED_ANSWERS, dimensions, "Sum"))
            failures += " + FILL(answered, 0)"
        metrics.append(_metric("requests", "AWS/Lambda", "Invocations", dimensions, "Sum"))
        return self._rate(
            f"{function.id}Errors", f"{short}-errors", metrics, failures,
            f"{ERROR_PERCENT} % of what {short} was asked to do failed within a minute.",
            self._logs(f" FUNCTION={short}"), condition=OF_FUNCTIONS,
        )  # fmt: skip

    def rest(self, api: Part) -> Alarm:
        dimensions = {"ApiName": api.name, "Stage": STAGE}
        metrics = [
            _metric("failures", "AWS/ApiGateway", "5XXError", dimensions, "Sum"),
            _metric("requests", "AWS/ApiGateway", "Count", dimensions, "SampleCount"),
        ]
        return self._rate(
            f"{api.id}Fails", "rest-5xx", metrics, "FILL(failures, 0)",
            f"{ERROR_PERCENT} % of the REST requests were answered with a 5xx within a minute.", self._logs(),
        )  # fmt: skip

    def graphql(self, api: Part) -> Alarm:
        dimensions = {"GraphQLAPIId": api.name}
        metrics = [
            _metric("failures", "AWS/AppSync", "5XXError", dimensions, "Sum"),
            # AppSync's metric Requests is that of the account; each request of an API has one value of Latency.
            _metric("requests", "AWS/AppSync", "Latency", dimensions, "SampleCount"),
        ]
        return self._rate(
            f"{api.id}Fails", "graphql-5xx", metrics, "FILL(failures, 0)",
            f"{ERROR_PERCENT} % of the GraphQL requests failed within a minute.",
            "`ENVIRONMENT=${Environment} make alarms` shows which functions fail too;",
        )  # fmt: skip

    def iterator_age(self, function: Part, short: str) -> Alarm:
        return self._simple(
            f"{function.id}IteratorAge", f"{short}-iterator-age",
            _metric_of("AWS/Lambda", "IteratorAge", {"FunctionName": function.name}),
            {"Statistic": "Maximum", "Period": MINUTE, "Threshold": STREAM_SECONDS * 1000},
            f"{short} is five minutes behind its table: events are late, and none is lost for a day.",
            self._logs(f" FUNCTION={short}"), condition=OF_FUNCTIONS,
        )  # fmt: skip

    def events_waiting(self, queue: Part, seconds: int) -> Alarm:
        """SQS leaves a message that was received three times out of its metric, so functions measure those that failed.
        Each is retried after 15 minutes at most. Document: SQS Developer Guide, *Available CloudWatch metrics*."""
        by_service = {"environment": "${Environment}", "service": self.service}
        oldest = "IF(FILL(retried, 0) > FILL(waiting, 0), FILL(retried, 0), FILL(waiting, 0))"
        watched = {
            "Metrics": [
                _metric("waiting", "AWS/SQS", AGE_IN_QUEUE, {"QueueName": queue.name}, "Maximum", QUARTER_OF_AN_HOUR),
                _metric("retried", NAMESPACE, RETRIED_AGE, by_service, "Maximum", QUARTER_OF_AN_HOUR),
                {"Id": "oldest", "Expression": oldest, "ReturnData": True},
            ],
            "EvaluationPeriods": 2,
            "DatapointsToAlarm": 1,
            "Threshold": seconds,
        }
        means = f"An event has waited {seconds // 60} minutes to be handled. No event is lost."
        return self._simple("EventsWaiting", "events-waiting", {}, watched, means, self._logs())

    def own(self, alarm: OwnAlarm) -> Alarm:
        about = (
            _metric_of("AWS/Lambda", alarm.metric, {"FunctionName": f"{PREFIX}{self.service}-{alarm.function}"})
            if alarm.function
            else _metric_of(NAMESPACE, alarm.metric, {"environment": "${Environment}", "service": self.service})
        )
        percentile = alarm.statistic.startswith("p")
        watched: Resource = {
            "ExtendedStatistic" if percentile else "Statistic": alarm.statistic,
            # `ignore` would leave the state as it is below 1,000 values of a p99, as in ordinary traffic. An alarm on a
            # percentile has several periods, so one slow request among few is no alarm.
            **({"EvaluateLowSampleCountPercentile": "evaluate"} if percentile else {}),
            "Period": alarm.period,
            "EvaluationPeriods": alarm.periods,
            **({"DatapointsToAlarm": alarm.needed} if alarm.needed else {}),
            "Threshold": alarm.over,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        logical = "".join(part.capitalize() for part in alarm.name.split("-"))
        do = alarm.do.replace("`make ", "`ENVIRONMENT=${Environment} make ")
        return self._simple(logical, alarm.name, about, watched, alarm.means, f"{do};")

    def _logs(self, more: str = "") -> str:
        return f"`ENVIRONMENT=${{Environment}} make logs SERVICE={self.service}{more}` shows why;"

    def _rate(
        self, logical: str, name: str, metrics: list[Resource], failures: str, means: str, do: str,
        condition: str = "",
    ) -> Alarm:  # fmt: skip
        percent = f"IF(failed >= {LEAST_FAILURES}, 100 * failed / requests, 0)"
        watched = {
            **LATE_METRICS,
            "Metrics": [
                *metrics,
                {"Id": "failed", "Expression": failures, "ReturnData": False},
                {"Id": "percent", "Expression": percent, "ReturnData": True},
            ],
            "Threshold": ERROR_PERCENT,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        return self._simple(logical, name, {}, watched, f"More than {means}", do, condition)

    def _simple(
        self, logical: str, name: str, about: Resource, watched: Mapping[str, Any], means: str, do: str,
        condition: str = "",
    ) -> Alarm:  # fmt: skip
        full = f"{PREFIX}{self.service}-{name}"
        properties = {
            "AlarmName": {"Fn::Sub": full},
            "AlarmDescription": {"Fn::Sub": f"{means} {do} see {self.service}/README.md."},
            **about,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **watched,
            "AlarmActions": [self.topic],
            "OKActions": [self.topic],
        }
        body: Resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
        return Alarm(logical, full, {**body, **({"Condition": condition} if condition else {})}, condition)


def _dimensions(dimensions: Mapping[str, str]) -> list[Resource]:
    return [
        {"Name": name, "Value": {"Fn::Sub": value} if "${" in value else value} for name, value in dimensions.items()
    ]


def _metric_of(namespace: str, metric: str, dimensions: Mapping[str, str]) -> Resource:
    return {"Namespace": namespace, "MetricName": metric, "Dimensions": _dimensions(dimensions)}


def _metric(
    name: str, namespace: str, metric: str, dimensions: Mapping[str, str], statistic: str, period: int = MINUTE
) -> Resource:
    stat = {"Metric": _metric_of(namespace, metric, dimensions), "Period": period, "Stat": statistic}
    return {"Id": name, "MetricStat": stat, "ReturnData": False}


def composite(service: str, name: str, rule: Any, means: str, topic: Any = None) -> Resource:
    """An alarm that follows others. Without a topic it only shows their state."""
    actions = {"AlarmActions": [topic], "OKActions": [topic]} if topic else {}
    text = f"{means} `ENVIRONMENT=${{Environment}} make alarms` lists those, and what to do; see docs/operations.md."
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"{PREFIX}{service}-{name}"},
            "AlarmDescription": {"Fn::Sub": text},
            "AlarmRule": rule,
            **actions,
        },
    }


def in_alarm(logical_ids: list[str]) -> Any:
    """The rule that one of these resources, parameters or outputs names an alarm that is in ALARM."""
    return {"Fn::Sub": " OR ".join(f'ALARM("${{{name}}}")' for name in logical_ids)}
