"""docs/operations.md explains every alarm, and names functions that exist."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tools import ROOT
from tools.project.services import discover, read_template

PAGE = (ROOT / "docs" / "operations.md").read_text()
SERVICES = discover()
SHARED = [read_template(path) for path in sorted((ROOT / "shared" / "templates").glob("*.yaml"))]


def resources(template: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def alarms(template: dict[str, Any]) -> set[str]:
    return {name for name, _ in resources(template, "AWS::CloudWatch::Alarm")}


def test_every_explained_alarm_exists() -> None:
    templates = [*SHARED, *(service.template for service in SERVICES.values())]
    explained = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert explained
    assert explained <= set().union(*map(alarms, templates))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_alarm_is_explained_here_or_in_its_services_readme(name: str) -> None:
    readme = (SERVICES[name].folder / "README.md").read_text()
    assert [alarm for alarm in sorted(alarms(SERVICES[name].template)) if f"`{alarm}`" not in PAGE + readme] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+-(?:on|every)-[a-z-]+)`", PAGE))))
def test_a_named_function_exists(name: str) -> None:
    templates = (service.template for service in SERVICES.values())
    functions = [
        properties["FunctionName"]
        for template in templates
        for _, properties in resources(template, "AWS::Serverless::Function")
    ]
    assert {"Fn::Sub": f"ecommerce-${{Environment}}-{name}"} in functions
