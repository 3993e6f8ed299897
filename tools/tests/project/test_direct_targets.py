"""Functions that rules of the bus call directly, without a queue: each has its reason in docs/aws.md."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools import ROOT
from tools.project.services import discover
from tools.tests.project.described import DESCRIBED

TEMPLATES = {name: Template(service.template) for name, service in discover().items()}
HEADING = "### Rules that call a function directly\n"


def on_the_bus(event: dict[str, Any]) -> bool:
    """Not on the account's own bus, which has AWS's events, and not a schedule."""
    return event["Type"] in ("EventBridgeRule", "CloudWatchEvent") and "EventBusName" in event["Properties"]


def function_name(template: Template, resource: str) -> str:
    return str(template.properties(resource)["FunctionName"]["Fn::Sub"]).removeprefix("ecommerce-${Environment}-")


def direct(templates: Mapping[str, Template]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each function that a rule calls, and its properties."""
    for template in templates.values():
        functions = template.of_type("AWS::Serverless::Function")
        for resource, properties in functions.items():
            if any(on_the_bus(event) for event in properties.get("Events", {}).values()):
                yield function_name(template, resource), properties
        for rule in template.of_type("AWS::Events::Rule").values():
            for target in rule["Targets"] if rule.get("EventBusName") else ():
                named = set(re.findall(r"'([\w.]+)'", str(target["Arn"])))
                for resource in functions:
                    if {resource, f"{resource}.Alias"} & named:
                        yield function_name(template, resource), functions[resource]


DIRECT = dict(direct(TEMPLATES))


def listed() -> dict[str, str]:
    """Function -> the reason."""
    section = (ROOT / "docs" / "aws.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", section, re.MULTILINE))


def test_functions_are_found() -> None:
    assert {"frontend-api-on-order-event", "pictures-on-product-deleted"} <= DIRECT.keys()
    assert "orders-on-fulfilment-event" not in DIRECT  # it reads a queue
    assert "orders-every-minute-lapse" not in DIRECT  # a schedule calls it


def test_each_has_its_reason_and_no_other_is_listed() -> None:
    """A new consumer gets a queue, or a row that says why three attempts in three minutes are enough."""
    assert listed().keys() == dict(direct({name: TEMPLATES[name] for name in DESCRIBED})).keys()


@pytest.mark.parametrize("name", DIRECT)
def test_what_fails_is_a_dead_letter(name: str) -> None:
    """An event that EventBridge cannot deliver, and one that the function does not handle."""
    function = DIRECT[name]
    queue = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": queue}
    rules = [event["Properties"] for event in function["Events"].values() if on_the_bus(event)]
    assert [rule["DeadLetterConfig"] for rule in rules] == [{"Arn": queue}] * len(rules)
