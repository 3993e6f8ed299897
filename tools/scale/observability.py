"""What dashboards, alarms and metrics cost: a month, and for 1,000 orders."""

from collections.abc import Iterable, Mapping
from typing import Any

from tools.deploy.gradual_deployment import CONDITION as GRADUAL
from tools.deploy.observability.alarms import OF_FUNCTIONS
from tools.deploy.package import prepared
from tools.project import observability
from tools.project.services import Service
from tools.scale import prices
from tools.scale.limits import assumptions
from tools.scale.model import metrics_of, resources

FREE_DASHBOARDS = 3
METRIC = "custom metric"
RATES = (0.1, 1, 10)


def monthly(services: Iterable[Service]) -> dict[str, tuple[int, float, str]]:
    """What -> how many, US dollars of a month, and the parameter that switches it off."""
    kinds = {"of functions": 0, "others": 0, "composite": 0, "dashboards": 0}
    metrics = {"of functions": 0, "others": 0}
    custom: set[tuple[str, str]] = set()
    for service in services:
        for resource in resources(service.template_path, prepared(service)):
            kind = _kind(resource)
            if kind:
                kinds[kind] += 1
            if kind in metrics:
                metrics[kind] += metrics_of(resource)
        custom |= set(_custom(service))
    alarm, composite = (prices.PER_MONTH[f"AWS::CloudWatch::{kind}"] for kind in ("Alarm", "CompositeAlarm"))
    paid = max(kinds["dashboards"] - FREE_DASHBOARDS, 0)
    return {
        "alarms of functions": (kinds["of functions"], metrics["of functions"] * alarm, "`FunctionAlarms: false`"),
        "other alarms": (kinds["others"], metrics["others"] * alarm, ""),
        "composite alarms": (kinds["composite"], kinds["composite"] * composite, ""),
        f"dashboards; {FREE_DASHBOARDS} of an account are free": (
            kinds["dashboards"],
            paid * prices.PER_MONTH["AWS::CloudWatch::Dashboard"],
            "`Dashboards: false`",
        ),
        "metrics of our own, with orders in every hour": (len(custom), len(custom) * prices.PER_MONTH[METRIC], ""),
    }


def _kind(resource: Mapping[str, Any]) -> str:
    if resource["Type"] == "AWS::CloudWatch::Alarm" and resource.get("Condition") != GRADUAL:
        return "of functions" if resource.get("Condition") == OF_FUNCTIONS else "others"
    return {"AWS::CloudWatch::CompositeAlarm": "composite", "AWS::CloudWatch::Dashboard": "dashboards"}.get(
        resource["Type"], ""
    )


def _custom(service: Service) -> Iterable[tuple[str, str]]:
    """(service, metric) of the metrics that its code counts and its description names."""
    description = observability.read(service.folder)
    if description is None or description.watches_all:
        return
    for chart in description.charts:
        yield from ((service.name, name) for name in chart.metrics)
    yield from ((service.name, alarm.metric) for alarm in description.alarms if not alarm.function)


def for_1000_orders(month: float, log_bytes: float) -> dict[float, float]:
    """Orders a second -> US dollars for 1,000 of them: their share of a month, and what their lines of metrics cost."""
    lines = log_bytes * 1000 * prices.PER_UNIT["log bytes"][0]
    seconds = assumptions()["seconds of a month"]["value"]
    return {rate: month / (rate * seconds) * 1000 + lines for rate in RATES}
