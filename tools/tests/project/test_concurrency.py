"""Asynchronous work cannot take the Lambda concurrency that orders need: a part can be reserved, queues have a cap."""

from collections.abc import Iterator
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools.project.services import discover

TEMPLATES = {name: Template(service.template) for name, service in discover().items()}
RESERVED = {"Fn::If": ["ReservesForOrders", {"Ref": "ReservedForOrders"}, {"Ref": "AWS::NoValue"}]}
MAPPINGS = [
    (service, name)
    for service, template in TEMPLATES.items()
    for name, mapping in template.of_type("AWS::Lambda::EventSourceMapping").items()
    if str(mapping["EventSourceArn"]).find("Queue") > 0
]


# Asked only about a token or a reference whose last request was refused: no other order waits for the answer.
AFTER_A_REFUSAL = ("cart", "RestCheckoutFunction", "GET", "/backend/*")


def on_the_path_of_an_order() -> set[tuple[str, str]]:
    """createOrder, checkout, and each function that one of those calls and waits for."""
    found: set[tuple[str, str]] = set()
    waiting = [("orders", "GraphqlCreateOrderFunction"), ("cart", "RestCheckoutFunction")]
    while waiting:
        found.add(function := waiting.pop())
        waiting += [called for called in calls(*function) if called not in found]
    return found


def calls(service: str, function: str) -> Iterator[tuple[str, str]]:
    template = TEMPLATES[service]
    for statement in template.statements(function):
        if statement["Action"] == "execute-api:Invoke":
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                parameter, method, path = resource["Fn::Sub"].removeprefix("${").replace("}/", "/", 1).split("/", 2)
                if (service, function, method, f"/{path}") != AFTER_A_REFUSAL:
                    yield owner_of(api_of(template, parameter), method, f"/{path}")
    variables = template.properties(function).get("Environment", {}).get("Variables", {})
    if "PROVIDER_URL" in variables:  # without authorisation: no policy names it
        yield owner_of("payment-3p", "POST", "/check")


def api_of(template: Template, parameter: str) -> str:
    default: str = template.body["Parameters"][parameter]["Default"]
    return default.split("/")[3]


def owner_of(service: str, method: str, path: str) -> tuple[str, str]:
    (function,) = [
        name
        for name, properties in TEMPLATES[service].of_type("AWS::Serverless::Function").items()
        for event in properties.get("Events", {}).values()
        if (event["Properties"].get("Method"), event["Properties"].get("Path")) == (method, path)
    ]
    return service, function


def reserved() -> set[tuple[str, str]]:
    return {
        (service, name)
        for service, template in TEMPLATES.items()
        for name, properties in template.of_type("AWS::Serverless::Function").items()
        if properties.get("ReservedConcurrentExecutions") == RESERVED
    }


def test_every_function_that_an_order_waits_for_can_reserve_concurrency_and_no_other() -> None:
    path = on_the_path_of_an_order()
    assert len(path) == 9
    assert reserved() == path


@pytest.mark.parametrize("service", sorted({service for service, _ in on_the_path_of_an_order()}))
def test_nothing_is_reserved_unless_it_is_asked_for(service: str) -> None:
    body: Any = TEMPLATES[service].body
    assert body["Parameters"]["ReservedForOrders"]["Default"] == 0
    assert body["Conditions"]["ReservesForOrders"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ReservedForOrders"}, 0]}]}


@pytest.mark.parametrize(("service", "name"), MAPPINGS)
def test_every_queue_has_a_cap_that_is_a_parameter(service: str, name: str) -> None:
    cap = TEMPLATES[service].properties(name)["ScalingConfig"]["MaximumConcurrency"]
    parameter = TEMPLATES[service].body["Parameters"][cap["Ref"]]
    assert parameter["MinValue"] == 2, "the least that Lambda accepts"
    assert 2 <= parameter["Default"] <= 50


def test_the_queues_are_found() -> None:
    assert {"cart", "delivery", "notifications", "orders", "payment", "users", "warehouse"} <= {
        service for service, _ in MAPPINGS
    }


def test_the_functions_that_publish_from_tables_run_four_at_once_for_each_shard() -> None:
    streams = {
        service: mapping
        for service, template in TEMPLATES.items()
        for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
        if "StartingPosition" in mapping
    }
    assert {"orders", "warehouse", "payment", "delivery", "products"} <= streams.keys()
    assert {service: mapping.get("ParallelizationFactor") for service, mapping in streams.items()} == dict.fromkeys(
        streams, 4
    )
