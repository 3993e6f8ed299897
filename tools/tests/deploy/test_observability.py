"""Dashboards and alarms: what the packager adds to a service's template."""

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecom.observability import RETRIED_AGE
from tools.deploy.deploy import parameters
from tools.deploy.observability import alarms
from tools.deploy.observability.alarms import OF_FUNCTIONS
from tools.deploy.observability.parts import Parts
from tools.deploy.observability.template import (
    COMPOSITE,
    DASHBOARDS,
    FUNCTION_ALARMS,
    WITH_DASHBOARD,
    with_observability,
)
from tools.deploy.package import prepared
from tools.local.aws.cloudwatch import dashboards
from tools.local.aws.cloudwatch.alarm import ALARM, OK, parse
from tools.local.aws.cloudwatch.evaluation import evaluate_alarm, periods_of
from tools.local.aws.cloudwatch.metrics import Summary
from tools.project import observability
from tools.project.aws import Target
from tools.project.environments import read_all
from tools.project.problems import Problem
from tools.project.services import Service, deploy_order, discover

SERVICES = discover()
OBSERVED = {name: service for name, service in SERVICES.items() if service.is_observed}
MADE = {name: prepared(service)["Resources"] for name, service in OBSERVED.items()}
REFERENCE = re.compile(r"\$\{([^}]+)\}")
# CloudWatch's limit for the alarms that a composite alarm names.
MOST_CHILDREN = 100


def of_type(service: str, kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in MADE[service].items() if each["Type"] == f"AWS::CloudWatch::{kind}"}


def alarm(service: str, ending: str) -> dict[str, Any]:
    """The properties of the one alarm whose name ends so."""
    (found,) = (
        each["Properties"]
        for each in of_type(service, "Alarm").values()
        if str(each["Properties"]["AlarmName"].get("Fn::Sub", "")).endswith(f"-{ending}")
    )
    return dict(found)


def test_every_service_of_ours_is_observed() -> None:
    others = {name for name, each in SERVICES.items() if each.standalone or each.deployed_by}
    others.add("storefront")  # pages alone: the metrics of its CDN are in us-east-1
    assert set(OBSERVED) == set(SERVICES) - others


@pytest.mark.parametrize("name", sorted(OBSERVED))
def test_a_service_has_one_dashboard_and_one_alarm_that_follows_the_others(name: str) -> None:
    (dashboard,) = of_type(name, "Dashboard").values()
    (composite,) = of_type(name, "CompositeAlarm").values()
    watches_all = name == "monitoring"
    ending = "" if watches_all else f"-{name}"
    assert dashboard["Properties"]["DashboardName"] == {"Fn::Sub": f"ecommerce-${{Environment}}{ending}"}
    assert dashboard["Condition"] == WITH_DASHBOARD
    assert ("AlarmActions" in composite["Properties"]) == watches_all


@pytest.mark.parametrize("name", sorted(OBSERVED))
def test_cloudwatch_accepts_the_dashboard(name: str) -> None:
    (dashboard,) = of_type(name, "Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    assert dashboards.faults(body) == []
    placed = [(each["x"] + each["width"], each["y"] + each["height"]) for each in json.loads(body)["widgets"]]
    assert max(right for right, _ in placed) == 24
    names = {found.split(".")[0] for found in REFERENCE.findall(body)} - {"Environment"}
    assert {each for each in names if not each.startswith("AWS::")} <= set(MADE[name])


@pytest.mark.parametrize("name", sorted(OBSERVED))
def test_every_alarm_is_followed(name: str) -> None:
    """All but those of single versions, which CodeDeploy reads."""
    rule = json.dumps(MADE[name][COMPOSITE]["Properties"]["AlarmRule"])
    followed = set(re.findall(r'ALARM\(\\"\$\{([\w.]+)\}\\"\)', rule))
    own = {each for each in of_type(name, "Alarm") if not each.endswith("NewVersionFails")}
    nested = {"DeadLetters.Outputs.AlarmName"} if "DeadLetters" in MADE[name] else set()
    others = {observability.template_parameter(each) for each in OBSERVED if each != name}
    assert followed == own | nested | (others if name == "monitoring" else set())
    assert len(followed) <= MOST_CHILDREN


def test_the_alarm_of_the_platform_is_deployed_last() -> None:
    assert deploy_order(OBSERVED)[-1] == ["monitoring"]
    for name in set(OBSERVED) - {"monitoring"}:
        assert observability.alarm_parameter(name) in OBSERVED[name].published_parameters


@pytest.mark.parametrize("name", sorted(OBSERVED))
def test_each_function_that_every_environment_has_is_watched(name: str) -> None:
    parts = Parts(name, OBSERVED[name].template)
    errors = {each for each in of_type(name, "Alarm") if each.endswith("FunctionErrors")}
    assert errors == {f"{function.id}Errors" for function in parts.functions}
    assert {MADE[name][each]["Condition"] for each in errors} <= {OF_FUNCTIONS}


def test_what_else_is_watched() -> None:
    """Streams, queues, APIs, and what single services name."""
    found = {
        name: sorted(
            str(each["Properties"]["AlarmName"]["Fn::Sub"]).removeprefix(f"ecommerce-${{Environment}}-{name}-")
            for each in of_type(name, "Alarm").values()
            if each.get("Condition") is None
        )
        for name in ("orders", "payment", "frontend-api", "reconciliation", "monitoring")
    }
    assert found == {
        "orders": ["create-order-is-slow", "events-waiting", "rest-5xx"],
        "payment": ["events-waiting", "payments-fail", "provider-is-not-called", "rest-5xx"],
        "frontend-api": ["graphql-5xx"],
        "reconciliation": [
            "money-disagrees",
            "not-everything-compared",
            "orders-are-stuck",
            "passes-take-too-long",
            "services-disagree",
        ],
        "monitoring": ["functions-throttled"],
    }
    assert alarm("orders", "on-table-change-iterator-age")["Threshold"] == 300_000
    slow = alarm("orders", "create-order-is-slow")
    assert (slow["ExtendedStatistic"], slow["Threshold"], slow["EvaluationPeriods"]) == ("p99", 1000, 3)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([{3000.0: 50}] * 3, ALARM),  # every order of an ordinary shop takes three seconds
        ([{3000.0: 1}] * 3, ALARM),  # even one a minute
        ([{3000.0: 1}, {}, {}], OK),  # a cold start at night
        ([{3000.0: 1, 100.0: 9}, {100.0: 10}, {100.0: 10}], OK),  # a cold start among few orders
        ([{3000.0: 1, 100.0: 199}] * 3, OK),  # one of two hundred
    ],
)
def test_when_slow_orders_are_an_alarm(minutes: list[dict[float, int]], expected: str) -> None:
    plain = json.loads(json.dumps({**alarm("orders", "create-order-is-slow"), "AlarmName": "a", "Dimensions": []}))
    periods: dict[int, Summary] = {}
    for minute, durations in enumerate(minutes, 10):
        for milliseconds, count in durations.items():
            periods.setdefault(minute * 60, Summary()).add(Summary.single(milliseconds, count))
    assert evaluate_alarm(parse(plain), periods, (10 + len(minutes)) * 60, OK).state == expected


def without_functions(found: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an alarm with texts in the place of CloudFormation's functions."""
    plain: dict[str, Any] = json.loads(json.dumps({**found, "AlarmName": "a", "AlarmDescription": "d"}))
    for entry in plain["Metrics"]:
        for dimension in (entry.get("MetricStat") or {}).get("Metric", {}).get("Dimensions", ()):
            dimension["Value"] = str(dimension["Value"])
    return plain


def state(found: Mapping[str, Any], values: Mapping[str, float | None], *, minutes_later: int = 0) -> str:
    """The state of an alarm on an expression, when each metric had this sum in a minute, and no value since."""
    parsed = parse(without_functions(found))
    names = {query.metric: values.get(query.id) for query in (parsed.math.queries if parsed.math else ())}

    def read(_namespace: str, metric: str, *_rest: Any) -> dict[int, Summary]:
        value = names[metric]
        return {} if value is None else {600: Summary.single(1.0, value)} if value else {600: Summary.single(0.0)}

    now = 665 + 60 * minutes_later
    return evaluate_alarm(parsed, periods_of(parsed, read, now), now, OK).state


@pytest.mark.parametrize(("minutes_later", "expected"), [(1, ALARM), (2, OK)])
def test_metrics_that_arrive_late_are_an_alarm_all_the_same(minutes_later: int, expected: str) -> None:
    """`FILL` has a value for the newest minute before its metrics arrive. So the minute before counts again."""
    found = alarm("orders", "graphql-create-order-errors")
    values = {"raised": None, "answered": 6, "requests": 100}
    assert state(found, values, minutes_later=minutes_later) == expected


@pytest.mark.parametrize(
    ("raised", "answered", "requests", "expected"),
    [
        (None, None, None, OK),  # no traffic
        (1, None, 1, OK),  # one failure alone
        (2, None, 100, OK),  # two per cent
        (6, None, 100, ALARM),
        (None, 6, 100, ALARM),
        (3, 3, 100, ALARM),  # together over the threshold
        (2, None, 2, ALARM),  # everything fails, with little traffic
        (None, 2, None, OK),  # the requests are not known yet: they may be a thousand
    ],
)
def test_when_the_errors_of_a_function_are_an_alarm(
    raised: float | None, answered: float | None, requests: float | None, expected: str
) -> None:
    found = alarm("orders", "graphql-create-order-errors")
    assert state(found, {"raised": raised, "answered": answered, "requests": requests}) == expected


@pytest.mark.parametrize(("failures", "requests", "expected"), [(1, 1, OK), (2, 100, OK), (6, 100, ALARM)])
@pytest.mark.parametrize(("service", "name"), [("orders", "rest-5xx"), ("frontend-api", "graphql-5xx")])
def test_when_the_answers_of_an_api_are_an_alarm(
    service: str, name: str, failures: float, requests: float, expected: str
) -> None:
    assert state(alarm(service, name), {"failures": failures, "requests": requests}) == expected


QUARTER_OF_AN_HOUR = 900


@pytest.mark.parametrize(
    ("waiting", "retried", "expected"),
    [
        ({}, {}, OK),
        ({2: 899.0}, {2: 899.0}, OK),
        ({2: 900.0}, {}, ALARM),  # more messages than the function can take
        ({2: 0.0}, {2: 900.0}, ALARM),  # SQS leaves a message that fails out of its metric
        ({2: 0.0}, {1: 900.0}, ALARM),  # it fails once in a quarter of an hour
        ({2: 0.0}, {0: 900.0}, OK),  # it was handled meanwhile
    ],
)
def test_when_events_that_wait_are_an_alarm(
    waiting: dict[int, float], retried: dict[int, float], expected: str
) -> None:
    """The greatest age in each quarter of an hour, of which the last that is over has the number 2."""
    found = {"ApproximateAgeOfOldestMessage": waiting, RETRIED_AGE: retried}
    parsed = parse(without_functions(alarm("orders", "events-waiting")))

    def read(_namespace: str, metric: str, *_rest: Any) -> dict[int, Summary]:
        return {number * QUARTER_OF_AN_HOUR: Summary.single(age) for number, age in found[metric].items()}

    now = 3 * QUARTER_OF_AN_HOUR + 5
    assert evaluate_alarm(parsed, periods_of(parsed, read, now), now, OK).state == expected


def test_functions_measure_what_the_alarm_reads() -> None:
    assert alarms.RETRIED_AGE == RETRIED_AGE


def test_dashboards_and_alarms_of_functions_are_for_environments_that_pay_for_them() -> None:
    values = {
        name: parameters(OBSERVED["orders"], Target(environment, None, ""), None)  # type: ignore[arg-type]  # no session
        for name, environment in read_all().items()
    }
    assert {name for name, each in values.items() if each[DASHBOARDS] == "true"} == {"local", "prod"}
    assert {name for name, each in values.items() if each[FUNCTION_ALARMS] == "true"} == {"local", "staging", "prod"}


# --- the description ---


def described(folder: Path, text: str) -> observability.Description | None:
    (folder / observability.FILE).write_text(text)
    return observability.read(folder)


def test_a_service_without_a_description_gets_nothing() -> None:
    service = SERVICES["payment-3p"]
    assert not service.is_observed
    assert [each for each in prepared(service)["Resources"].values() if "CloudWatch" in each["Type"]] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chart: []", "unknown key chart; known keys: charts, alarms, queues, watches"),
        ("charts: [{ title: A }]", "the key metrics is missing"),
        ("charts: [{ title: A, metrics: [B], statistic: p12 }]", "the statistic p12 is none of"),
        ("queues: { seconds: 3 }", "unknown key seconds; known keys: wait_seconds"),
        ("watches: some", "watches must be all"),
        (
            "alarms: [{ name: a, metric: B, statistic: Sum, over: 0, means: C, do: look }]",
            "`do` must name a make command",
        ),
        (
            "alarms: [{ name: a, metric: B, statistic: p90, over: 0, means: C, do: make logs, periods: 2 }]",
            "give it at least 3 periods",
        ),
    ],
)
def test_a_wrong_description_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Problem, match=re.escape(message)):
        described(tmp_path, text)


def test_the_file_of_a_service_is_read(tmp_path: Path) -> None:
    found = described(tmp_path, "charts: [{ title: Points, metrics: [Points, orders.OrdersCreated] }]")
    assert found == observability.Description(
        charts=(observability.Chart("Points", ("Points", "orders.OrdersCreated")),)
    )


def test_a_service_that_is_not_deployed_with_the_platform_is_no_dependency(tmp_path: Path) -> None:
    for name in ("loyalty", "watcher"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metadata.yaml").write_text(f"name: {name}\ndescription: one\n")
        (tmp_path / name / "template.yaml").write_text("Resources: { Table: { Type: AWS::DynamoDB::Table } }\n")
    described(tmp_path / "watcher", "watches: all")
    services = discover(tmp_path)
    assert services["watcher"].dependencies == ("platform",)
    described(tmp_path / "loyalty", "{}")
    again: dict[str, Service] = discover(tmp_path)
    assert again["watcher"].dependencies == ("loyalty", "platform")


@pytest.mark.parametrize("taken", ["Dashboard", COMPOSITE, "AlarmNameParameter", "CreateOrderIsSlow"])
def test_nothing_of_a_template_is_replaced(taken: str) -> None:
    orders = SERVICES["orders"]
    template = copy.deepcopy(dict(orders.template))
    template["Resources"][taken] = {"Type": "AWS::SSM::Parameter", "Properties": {}}
    with pytest.raises(Problem, match=f"orders/observability.yaml: the template would have {taken} twice"):
        with_observability(template, orders)
