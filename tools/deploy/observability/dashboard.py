"""The body of a dashboard: rows of charts, 24 columns wide.

CloudWatch API Reference, *Dashboard Body Structure and Syntax*. A metric is an array: namespace, name, pairs of
dimension and value, and a map of options.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tools.deploy.gradual_deployment import FAILED_ANSWERS, NAMESPACE
from tools.deploy.observability.alarms import AGE_IN_QUEUE, RETRIED_AGE, STAGE
from tools.deploy.observability.parts import DEAD_LETTERS, Parts
from tools.project.observability import Chart

COLUMNS, HEIGHT = 24, 6
ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"

Metric = list[Any]
Widget = dict[str, Any]


def chart(title: str, statistic: str, metrics: Sequence[Metric], period: int = 60) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "region": "${AWS::Region}",
        "stat": statistic,
        "period": period,
        "yAxis": {"left": {"min": 0}},
        "metrics": list(metrics),
    }
    return {"type": "metric", "properties": properties}


def business(own: Chart, service: str) -> Widget:
    """A chart of metrics that the services' code counts, by environment and service."""
    metrics = []
    for name in own.metrics:
        of, _, metric = name.rpartition(".")
        dimensions = ["environment", "${Environment}", "service", of or service]
        metrics.append([NAMESPACE, metric, *dimensions, {"label": metric}])
    return chart(own.title, own.statistic, metrics, period=300)


def alarm_list(title: str, names: Sequence[str]) -> Widget:
    return {"type": "alarm", "properties": {"title": title, "alarms": [ARN + name for name in names]}}


def heading(text: str) -> Widget:
    return {"type": "text", "properties": {"markdown": text}}


def of_parts(parts: Parts) -> Iterator[list[Widget]]:
    """Rows of charts: what AWS measures of the functions, APIs, queues, streams and state machines of a service."""
    if parts.functions:
        functions = [(each.name, parts.short(each)) for each in parts.functions]

        def each_function(metric: str) -> list[Metric]:
            return [["AWS/Lambda", metric, "FunctionName", name, {"label": short}] for name, short in functions]

        yield [
            chart("Invocations", "Sum", each_function("Invocations")),
            chart("Invocations that raised", "Sum", each_function("Errors")),
        ]
        yield [
            chart("Duration, p99, ms", "p99", each_function("Duration")),
            chart("Throttled invocations", "Sum", each_function("Throttles")),
        ]
    answering = [each for each in parts.functions if each.id in parts.answering]
    row = []
    if answering:
        failed = [
            [NAMESPACE, FAILED_ANSWERS, "FunctionName", each.name, {"label": parts.short(each)}] for each in answering
        ]
        row.append(chart("Answers that failed by our fault", "Sum", failed))
    for api in parts.rest_apis:
        place = ["ApiName", api.name, "Stage", STAGE]
        answers = [["AWS/ApiGateway", name, *place, {"label": name}] for name in ("4XXError", "5XXError")]
        requests: Metric = ["AWS/ApiGateway", "Count", *place, {"label": "requests", "stat": "SampleCount"}]
        row += [
            chart("REST requests", "Sum", [requests, *answers]),
            chart("REST latency, p99, ms", "p99", [["AWS/ApiGateway", "Latency", *place, {"label": "latency"}]]),
        ]
    for api in parts.graphql_apis:
        place = ["GraphQLAPIId", api.name]
        answers = [["AWS/AppSync", name, *place, {"label": name}] for name in ("4XXError", "5XXError")]
        requests = ["AWS/AppSync", "Latency", *place, {"label": "requests", "stat": "SampleCount"}]
        row += [
            chart("GraphQL requests", "Sum", [requests, *answers]),
            chart("GraphQL latency, p99, ms", "p99", [["AWS/AppSync", "Latency", *place, {"label": "latency"}]]),
        ]
    yield row
    yield list(_waiting(parts))


def _waiting(parts: Parts) -> Iterator[Widget]:
    """What waits: messages, records of streams, dead letters, executions."""
    if parts.queues:
        ages = [["AWS/SQS", AGE_IN_QUEUE, "QueueName", each.name, {"label": each.id}] for each in parts.queues]
        place = ["environment", "${Environment}", "service", parts.service]
        ages.append([NAMESPACE, RETRIED_AGE, *place, {"label": "retried"}])
        yield chart("Oldest message in the queue, s", "Maximum", ages)
    if parts.stream_readers:
        ages = [
            ["AWS/Lambda", "IteratorAge", "FunctionName", each.name, {"label": parts.short(each)}]
            for each in parts.stream_readers
        ]
        yield chart("Age of records of the table's stream, ms", "Maximum", ages)
    if parts.dead_letters and "Condition" not in parts.dead_letters:
        name = f"${{{DEAD_LETTERS}.Outputs.QueueName}}"
        depth = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name, {"label": "dead letters"}]]
        yield chart("Dead letters", "Maximum", depth)
    for machine in parts.state_machines:
        place = ["StateMachineArn", machine.name]
        names = ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed")
        yield chart("Executions", "Sum", [["AWS/States", name, *place, {"label": name}] for name in names])


def body(rows: Sequence[Sequence[Widget]]) -> dict[str, str]:
    """The rows as CloudFormation takes them: JSON, in which it replaces names. The widgets of a row share its width."""
    widgets, y = [], 0
    for row in rows:
        if not row:
            continue
        height = max(2 if widget["type"] == "text" else HEIGHT for widget in row)
        width = COLUMNS // len(row)
        for column, widget in enumerate(row):
            placed = {"x": column * width, "y": y, "width": width, "height": height}
            widgets.append({"type": widget["type"], **placed, "properties": widget["properties"]})
        y += height
    return {"Fn::Sub": json.dumps({"widgets": widgets}, separators=(",", ":"))}
