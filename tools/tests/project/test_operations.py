"""docs/operations.md explains every alarm, and names functions that exist."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tools import ROOT
from tools.project.services import discover, read_template

PAGE = (ROOT / "docs" / "operations.md").read_text()
SERVICES = discover()
SHARED = read_template(ROOT / "shared" / "templates" / "dead-letters.yaml")


def resources(template: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def alarms(template: dict[str, Any], service: str) -> set[str]:
    """The names of a service's alarms, such as `events-waiting`. Every name begins with environment and service."""
    start = f"ecommerce-${{Environment}}-{service}-"
    names = [properties["AlarmName"]["Fn::Sub"] for _, properties in resources(template, "AWS::CloudWatch::Alarm")]
    assert all(name.startswith(start) for name in names), names
    return {name.removeprefix(start) for name in names}


def test_every_explained_alarm_exists() -> None:
    there = alarms(SHARED, "${Service}").union(*(alarms(each.template, name) for name, each in SERVICES.items()))
    explained = set(re.findall(r"^\| `([\w-]+)`(?: of| with| \()", PAGE, re.MULTILINE))
    assert explained
    assert explained <= there


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_alarm_is_explained_here_or_in_its_services_readme(name: str) -> None:
    text = PAGE + (SERVICES[name].folder / "README.md").read_text().replace("`...-", "`")
    assert [alarm for alarm in sorted(alarms(SERVICES[name].template, name)) if f"`{alarm}`" not in text] == []


@pytest.mark.parametrize("name", ["notifications", "orders", "payment", "warehouse"])
def test_an_alarm_rings_when_events_wait_in_the_queue_of_an_order(name: str) -> None:
    (alarm,) = (
        properties
        for _, properties in resources(SERVICES[name].template, "AWS::CloudWatch::Alarm")
        if properties["AlarmName"]["Fn::Sub"].endswith("-events-waiting")
    )
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+-(?:on|every)-[a-z-]+)`", PAGE))))
def test_a_named_function_exists(name: str) -> None:
    templates = (service.template for service in SERVICES.values())
    functions = [
        properties["FunctionName"]
        for template in templates
        for _, properties in resources(template, "AWS::Serverless::Function")
    ]
    assert {"Fn::Sub": f"ecommerce-${{Environment}}-{name}"} in functions
