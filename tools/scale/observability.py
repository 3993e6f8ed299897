"""What dashboards, alarms, metrics and traces cost: a month, and for 1,000 orders."""

from collections.abc import Iterable, Mapping
from typing import Any

from tools.deploy.gradual_deployment import CONDITION as GRADUAL
from tools.deploy.observability.alarms import OF_FUNCTIONS
from tools.deploy.package import prepared
from tools.project.services import Service
from tools.scale import metrics as own_metrics
from tools.scale import prices
from tools.scale.limits import DAY, assumptions
from tools.scale.model import METRIC, metrics_of, resources, traced

FREE_DASHBOARDS = 3
RATES = (0.1, 1, 10)
ORDERS_A_DAY = 1_000


def monthly(services: Iterable[Service], traces: float) -> dict[str, tuple[int, float, str]]:
    """What -> how many, US dollars of a month, and the parameter that switches it off. `traces`: of an order."""
    services = list(services)
    kinds = {"of functions": 0, "others": 0, "composite": 0, "dashboards": 0}
    metrics = {"of functions": 0, "others": 0}
    for service in services:
        for resource in resources(service.template_path, prepared(service)):
            kind = _kind(resource)
            if kind:
                kinds[kind] += 1
            if kind in metrics:
                metrics[kind] += metrics_of(resource)
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
        **_custom(services),
        f"traces of X-Ray, at {ORDERS_A_DAY:,} orders a day": (*_traces(traces, ORDERS_A_DAY / DAY), ""),
    }


def _kind(resource: Mapping[str, Any]) -> str:
    if resource["Type"] == "AWS::CloudWatch::Alarm" and resource.get("Condition") != GRADUAL:
        return "of functions" if resource.get("Condition") == OF_FUNCTIONS else "others"
    return {"AWS::CloudWatch::CompositeAlarm": "composite", "AWS::CloudWatch::Dashboard": "dashboards"}.get(
        resource["Type"], ""
    )


def _custom(services: Iterable[Service]) -> dict[str, tuple[int, float, str]]:
    found = {}
    for when, metrics in own_metrics.of_code(services).items():
        # A month has too few such hours to count: 0.0004 dollars each.
        cost = 0.0 if when == own_metrics.SOMETIMES else len(metrics) * prices.PER_MONTH[METRIC]
        found[f"{when}: {own_metrics.names_of(metrics)}"] = (len(metrics), cost, "")
    return found


def _traces(of_an_order: float, rate: float) -> tuple[int, float]:
    """How many traces a month has, and US dollars."""
    recorded = traced(of_an_order * rate * assumptions()["seconds of a month"]["value"])
    return round(recorded), recorded * prices.PER_UNIT["X-Ray traces"][0]


def for_1000_orders(month: float, log_bytes: float, traces: float) -> dict[float, float]:
    """Orders a second -> US dollars for 1,000 of them: their share of a month, what their lines of metrics cost, and
    their traces. `month` is without traces."""
    lines = log_bytes * 1000 * prices.PER_UNIT["log bytes"][0]
    seconds = assumptions()["seconds of a month"]["value"]
    return {rate: (month + _traces(traces, rate)[1]) / (rate * seconds) * 1000 + lines for rate in RATES}
