"""Patterns and pages of a running cloud's CloudWatch Logs."""

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.functions import MAY_LOG, invoke, make_function

PRINTS = """
import json

def handler(event, context):
    print(json.dumps({"level": "ERROR", "message": "failed", "took": 120}))
    print(json.dumps({"level": "INFO", "message": "noted", "took": 3}))
    print("plain text")
"""


@pytest.fixture(scope="module")
def group(cloud: Cloud) -> str:
    """The log group of a function that has run once."""
    function = make_function(cloud, PRINTS, MAY_LOG)
    invoke(cloud, function)
    return f"/aws/lambda/{function}"


def found(cloud: Cloud, group: str, pattern: str, **more: Any) -> list[str]:
    pages = (
        cloud.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, filterPattern=pattern, **more)
    )
    return [event["message"] for page in pages for event in page["events"]]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [('{ $.level = "ERROR" }', 1), ("?ERROR ?noted", 2), ("plain -ERROR", 1), ("{ $.took > 2 }", 2), ("START", 1)],
)
def test_a_pattern_selects_lines_of_a_function(cloud: Cloud, group: str, pattern: str, count: int) -> None:
    assert len(found(cloud, group, pattern)) == count


def test_an_invalid_pattern_is_refused(cloud: Cloud, group: str) -> None:
    logs = cloud.client("logs")
    wrong: dict[str, Any] = {"logGroupName": group, "filterPattern": '{ $.level == "ERROR" }'}
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    more: list[tuple[str, dict[str, Any]]] = [
        ("filter_log_events", {}),
        ("put_metric_filter", {"filterName": "f", "metricTransformations": [metric]}),
        ("put_subscription_filter", {"filterName": "f", "destinationArn": "arn:aws:lambda:a:1:function:f"}),
    ]
    for action, parameters in more:
        with pytest.raises(ClientError, match="Invalid filter pattern: expected a value") as error:
            getattr(logs, action)(**wrong, **parameters)
        assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_events_come_in_pages_with_the_newest_on_the_last(cloud: Cloud) -> None:
    logs, name = cloud.client("logs"), f"pages-{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name)
    start = int(time.time() * 1000)
    for stream in ("a", "b"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        events = [{"timestamp": start + number, "message": f"{stream} {number}"} for number in range(5)]
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)
    assert found(cloud, name, "", PaginationConfig={"PageSize": 3}) == [
        f"{stream} {number}" for number in range(5) for stream in ("a", "b")
    ]
    assert found(cloud, name, "b", PaginationConfig={"PageSize": 2}) == [f"b {number}" for number in range(5)]
    assert found(cloud, name, "", startTime=start + 1, endTime=start + 2, logStreamNames=["a"]) == ["a 1", "a 2"]
    last = logs.filter_log_events(logGroupName=name, limit=10)
    assert "nextToken" not in last
    with pytest.raises(ClientError, match="nextToken is invalid"):
        logs.filter_log_events(logGroupName=name, nextToken="x")
