"""The dashboards of the console: how the body of one is read, and which values are asked for."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from tools.local_platform.console import dashboards
from tools.local_platform.console.dashboards import Series, drawn, names, series_of
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import WrongUse

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FIRST = ["AWS/Lambda", "Errors", "FunctionName", "one"]
BODY = {
    "widgets": [
        {"type": "text", "width": 24, "properties": {"markdown": "# Orders"}},
        {"type": "alarm", "properties": {"title": "Alarms", "alarms": ["arn:x:alarm:late", "arn:x:alarm:gone"]}},
        {"type": "metric", "width": 12, "properties": {"title": "Errors", "stat": "Sum", "period": 60, "metrics": [
            FIRST, ["...", "two", {"label": "the second"}],
        ]}},
        {"type": "log", "properties": {"title": "Lines"}},
    ]
}  # fmt: skip


class CloudWatch:
    """One dashboard, `known`; the values of the metric of function `one`, newest first and on two pages."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def get_dashboard(self, DashboardName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if DashboardName != "known":
            raise ClientError({"Error": {"Code": "ResourceNotFound", "Message": "no such dashboard"}}, "GetDashboard")
        return {"DashboardBody": json.dumps(BODY)}

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)


class Pages:
    def __init__(self, cloudwatch: CloudWatch, operation: str) -> None:
        self.cloudwatch, self.operation = cloudwatch, operation

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.cloudwatch.asked.append(asked)
        if self.operation == "list_dashboards":
            yield {"DashboardEntries": [{"DashboardName": "ecommerce-local-orders"}]}
            yield {"DashboardEntries": [{"DashboardName": "ecommerce-local"}]}
        elif self.operation == "describe_alarms":
            alarm = {
                "AlarmName": "late", "StateValue": "ALARM", "StateReason": "why", "AlarmDescription": "do",
                "StateUpdatedTimestamp": NOW, "StateTransitionedTimestamp": NOW,
            }  # fmt: skip
            yield {"MetricAlarms": [alarm], "CompositeAlarms": []}
        else:
            minute = NOW.replace(hour=11)
            yield {"MetricDataResults": [{"Id": "m0", "Timestamps": [minute.replace(minute=7)], "Values": [2.0]}]}
            yield {"MetricDataResults": [{"Id": "m0", "Timestamps": [minute], "Values": [1.0]}]}


@pytest.fixture
def cloudwatch() -> CloudWatch:
    return CloudWatch()


@pytest.fixture
def place(cloudwatch: CloudWatch) -> Target:
    class Place:
        environment = Environment("local", "local", "us-east-1")

        def client(self, _service: str) -> CloudWatch:
            return cloudwatch

    return cast(Target, Place())


def lines(*metrics: list[Any], hours: int = 1, **properties: Any) -> list[Series]:
    return list(series_of({"metrics": list(metrics), **properties}, hours))


def test_a_dot_repeats_that_part_of_the_metric_before() -> None:
    first, second = lines(FIRST, [".", "Throttles", ".", "."])
    assert (second.namespace, second.metric, second.dimensions) == ("AWS/Lambda", "Throttles", first.dimensions)


def test_three_dots_repeat_all_that_is_not_given() -> None:
    _, same, other, further = lines(FIRST, ["...", {"stat": "Sum"}], ["...", "two"], [".", "Throttles", ".", "."])
    assert (same.metric, same.dimensions, same.statistic) == ("Errors", (("FunctionName", "one"),), "Sum")
    assert (other.metric, other.dimensions) == ("Errors", (("FunctionName", "two"),))
    assert (further.metric, further.dimensions) == ("Throttles", (("FunctionName", "two"),))


def test_an_expression_is_not_drawn_and_nothing_repeats_it() -> None:
    (one, two) = lines(FIRST, [{"expression": "m1 / m2", "label": "rate"}], ["...", "two"])
    assert (one.dimensions, two.dimensions) == ((("FunctionName", "one"),), (("FunctionName", "two"),))


def test_the_metrics_own_options_are_stronger_than_the_charts() -> None:
    plain, own = lines(
        FIRST, ["...", {"stat": "p99", "period": 900, "label": "slow"}], stat="Maximum", period=120
    )  # fmt: skip
    assert (plain.statistic, plain.period, plain.label) == ("Maximum", 120, "Errors")
    assert (own.statistic, own.period, own.label) == ("p99", 900, "slow")
    (without,) = lines(FIRST)
    assert (without.statistic, without.period) == ("Average", 300)


@pytest.mark.parametrize(("hours", "period"), [(1, 60), (6, 60), (7, 120), (24, 240), (168, 1680)])
def test_a_longer_time_has_longer_periods(hours: int, period: int) -> None:
    """At most 360 points in a line, whole minutes each."""
    (line,) = lines(FIRST, hours=hours, period=60)
    assert line.period == period
    assert hours * 3600 / period <= dashboards.MOST_POINTS


def test_a_dashboard_has_its_values_in_the_order_of_time(place: Target, cloudwatch: CloudWatch) -> None:
    shown = drawn(place, "known", 1, NOW)
    assert (shown["begin"], shown["end"]) == ("2026-01-01T11:00:00.000Z", "2026-01-01T12:00:00.000Z")
    text, alarms, chart, unknown = shown["widgets"]
    assert (text["text"], text["width"]) == ("# Orders", 24)
    assert [(each["name"], each["state"]) for each in alarms["alarms"]] == [("late", "ALARM"), ("gone", "MISSING")]
    assert (chart["title"], chart["period"]) == ("Errors", 60)
    assert chart["series"] == [
        {"label": "Errors", "points": [("2026-01-01T11:00:00.000Z", 1.0), ("2026-01-01T11:07:00.000Z", 2.0)]},
        {"label": "the second", "points": []},
    ]
    assert (unknown["kind"], unknown["title"]) == ("log", "Lines")
    (asked,) = (each for each in cloudwatch.asked if "MetricDataQueries" in each)
    assert asked["MetricDataQueries"][1] == {
        "Id": "m1",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": "two"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }


def test_an_unknown_dashboard_is_refused_with_its_name(place: Target) -> None:
    with pytest.raises(WrongUse, match="there is no dashboard other"):
        drawn(place, "other", 1, NOW)


def test_the_platforms_dashboard_is_the_first_of_the_list(place: Target, cloudwatch: CloudWatch) -> None:
    assert names(place) == ["ecommerce-local", "ecommerce-local-orders"]
    assert cloudwatch.asked == [{"DashboardNamePrefix": "ecommerce-local"}]
