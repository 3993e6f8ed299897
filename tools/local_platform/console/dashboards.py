"""CloudWatch's dashboards for the console: their widgets, with the values of each metric. `make up` deploys them.

The body of a dashboard is read as CloudWatch reads it: CloudWatch API Reference, *Dashboard Body Structure and Syntax*.
Widgets of other types than metric, text and alarm, and expressions, are named and not drawn.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ecom.times import timestamp
from tools.local_platform.console import documents
from tools.operate.alarms import Alarm, alarms_of
from tools.project.aws import Target
from tools.project.problems import WrongUse

# CloudWatch's limit for a request.
MOST_QUERIES = 500
MOST_POINTS = 360
MINUTE = 60
REPEATED, ALL_REPEATED = ".", "..."


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int
    label: str

    def query(self, number: int) -> dict[str, Any]:
        about = {
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }
        return {"Id": f"m{number}", "MetricStat": {"Metric": about, "Period": self.period, "Stat": self.statistic}}


def names(target: Target) -> list[str]:
    """The dashboards of the environment: first the platform's, then those of services."""
    pages = (
        target.client("cloudwatch")
        .get_paginator("list_dashboards")
        .paginate(DashboardNamePrefix=f"ecommerce-{target.environment.name}")
    )
    return sorted(each["DashboardName"] for page in pages for each in page["DashboardEntries"])


def drawn(target: Target, name: str, hours: int, now: datetime) -> documents.Dashboard:
    """A dashboard with the values of the last hours. Raises WrongUse for an unknown one."""
    cloudwatch = target.client("cloudwatch")
    try:
        body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    except ClientError as error:
        if error.response["Error"]["Code"] in (
            "DashboardNotFoundError",
            "ResourceNotFound",
            "ResourceNotFoundException",
        ):
            raise WrongUse(f"there is no dashboard {name}") from None
        raise
    widgets = [(widget, list(series_of(widget["properties"], hours))) for widget in body["widgets"]]
    values = _values(cloudwatch, [one for _, series in widgets for one in series], now - timedelta(hours=hours), now)
    alarms = {alarm.name: alarm for alarm in alarms_of(cloudwatch, target.environment.name)}
    return {
        "name": name,
        "begin": timestamp(now - timedelta(hours=hours)),
        "end": timestamp(now),
        "widgets": [_widget(widget, series, values, alarms) for widget, series in widgets],
    }


def series_of(properties: Mapping[str, Any], hours: int) -> Iterator[Series]:
    """The lines of a chart. A dot repeats that part of the metric before, three dots all of it that is not given."""
    before: list[str] = []
    for metric in properties.get("metrics") or []:
        options: Mapping[str, Any] = metric[-1] if isinstance(metric[-1], Mapping) else {}
        if "expression" in options:
            continue
        parts = [str(part) for part in metric if not isinstance(part, Mapping)]
        if parts[0] == ALL_REPEATED:
            parts = before[: len(before) - len(parts) + 1] + parts[1:]
        before = parts = [before[at] if part == REPEATED else part for at, part in enumerate(parts)]
        period = int(options.get("period", properties.get("period", 5 * MINUTE)))
        yield Series(
            namespace=parts[0],
            metric=parts[1],
            dimensions=tuple(zip(parts[2::2], parts[3::2], strict=True)),
            statistic=str(options.get("stat", properties.get("stat", "Average"))),
            period=max(period, -(-hours * 3600 // MOST_POINTS // MINUTE) * MINUTE),
            label=str(options.get("label", parts[1])),
        )


def _values(
    cloudwatch: Any, series: Sequence[Series], begin: datetime, end: datetime
) -> dict[Series, list[tuple[str, float]]]:
    found: dict[Series, list[tuple[str, float]]] = {}
    wanted = list(dict.fromkeys(series))
    for start in range(0, len(wanted), MOST_QUERIES):
        part = wanted[start : start + MOST_QUERIES]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[one.query(number) for number, one in enumerate(part)], StartTime=begin, EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                points = zip(map(timestamp, result["Timestamps"]), result["Values"], strict=True)
                found.setdefault(part[int(result["Id"][1:])], []).extend(points)
    return {one: sorted(points) for one, points in found.items()}


def _widget(
    widget: Mapping[str, Any],
    series: Sequence[Series],
    values: Mapping[Series, list[tuple[str, float]]],
    alarms: Mapping[str, Alarm],
) -> documents.Widget:
    kind, properties = widget["type"], widget["properties"]
    made: documents.Widget = {"kind": kind, "title": properties.get("title", ""), "width": widget.get("width", 6)}
    if kind == "text":
        return {**made, "text": properties["markdown"]}
    if kind == "alarm":
        listed = [arn.rpartition(":alarm:")[2] for arn in properties["alarms"]]
        known = [alarms.get(name) for name in listed]
        shown: list[documents.AlarmOfWidget] = [
            {"name": name, "state": alarm.state if alarm else "MISSING", "since": alarm.since if alarm else ""}
            for name, alarm in zip(listed, known, strict=True)
        ]
        return {**made, "alarms": shown}
    return {
        **made,
        "period": max((one.period for one in series), default=0),
        "series": [{"label": one.label, "points": values.get(one, [])} for one in series],
    }
