"""The catalogue of events, checks of an event against its schema, and what cannot be sent."""

import json
from typing import Any

import pytest

from tools.events.catalogue import read_events
from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console.catalogue import catalogue, checked, unfit
from tools.tests.local.http import call


def sent(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def example(name: str = "OrderCreated") -> dict[str, Any]:
    (event,) = [each for each in catalogue() if each["name"] == name]
    return dict(event["examples"][0]["event"])


def test_every_event_has_its_consumers_fields_and_examples() -> None:
    found = {(event["source"], event["name"]): event for event in catalogue()}
    for event in read_events():
        shown = found.pop((event.source, event.name))
        assert shown["consumers"] == list(event.consumers)
        assert shown["fields"], event.name
        assert [each["event"] for each in shown["examples"]] == [dict(each.event) for each in event.examples]
    assert found == {}


def test_the_examples_fit_and_those_that_are_refused_do_not() -> None:
    for event in read_events():
        for one in event.examples:
            assert checked(one.event) == {"known": True, "problem": ""}, one.file
        for one in event.refused:
            assert checked(one.event)["problem"], one.file


def test_a_problem_names_the_field() -> None:
    event = example()
    event["detail"] = {**event["detail"], "total": "12"}
    assert "total" in checked(event)["problem"]


@pytest.mark.parametrize(
    "change",
    [{"source": "ecommerce.payment"}, {"source": "../orders"}, {"source": ""}, {"detail-type": "x/../OrderCreated"}],
)
def test_an_event_that_the_catalogue_does_not_have(change: dict[str, str]) -> None:
    found = checked({**example(), **change})
    assert not found["known"]
    assert found["problem"].startswith("the catalogue has no ")


@pytest.mark.parametrize("name", ["source", "detail-type", "resources", "detail"])
def test_an_event_without_a_part_is_not_sent(name: str) -> None:
    assert unfit({**example(), name: None}).startswith(f"{name} is missing")


def test_the_resources_are_texts() -> None:
    assert unfit(example()) == ""
    assert unfit({**example(), "resources": [1]})


def test_the_cloud_serves_the_catalogue_and_checks(cloud: Cloud) -> None:
    address = f"{cloud.endpoint}{API}/catalogue"
    assert call(address).json == {"events": catalogue()}
    assert call(f"{address}/check", "POST", sent(example())).json == {"known": True, "problem": ""}
    assert call(f"{address}/check", "POST", b"{").json["known"] is False
    for path, method in (("/check", "GET"), ("/other", "POST"), ("", "POST")):
        assert call(f"{address}{path}", method, None if method == "GET" else b"{}").status == 405


def test_an_event_that_does_not_fit_is_not_sent(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}{API}/catalogue/send", "POST", sent({**example(), "detail": {}}))
    assert answer.status == 400
    assert "OrderCreated" in answer.message


def test_an_event_is_not_sent_without_a_bus(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}{API}/catalogue/send", "POST", sent(example()))
    assert (answer.status, answer.message) == (503, "platform is not deployed: `make deploy-platform`")


def test_an_event_is_sent_to_the_bus(cloud: Cloud) -> None:
    name = cloud.client("events").create_event_bus(Name="console-sends")["EventBusArn"].rsplit("/", 1)[-1]
    parameter = "/ecommerce/local/platform/event-bus/name"
    cloud.client("ssm").put_parameter(Name=parameter, Value=name, Type="String")
    try:
        answer = call(f"{cloud.endpoint}{API}/catalogue/send", "POST", sent(example()))
        (event,) = call(f"{cloud.endpoint}{API}/events?about={answer.json['id']}").json["events"]
    finally:
        cloud.client("ssm").delete_parameter(Name=parameter)
    assert (event["bus"], event["detail-type"], event["detail"]) == (name, "OrderCreated", example()["detail"])
    assert event["resources"] == example()["resources"]
