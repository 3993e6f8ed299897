"""The console's API in a running cloud: who may read it, the events with their outcomes, and their stream."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from tools.local.aws.eventbridge.recorder import Recorder
from tools.local.client import Cloud
from tools.local.console.build import SOURCES
from tools.local.console.plane import API, EVENTS, PATH, STREAM, ConsolePlane
from tools.local.web.build import Build, digest
from tools.tests.local.aws.eventbridge.test_cloud_rules import RAISES, Bus, arn_of, make_bus
from tools.tests.local.delivery.cloud import EVERYTHING, make_queue
from tools.tests.local.functions import make_function
from tools.tests.local.http import call
from tools.tests.local.stacks import eventually

RETURNS = """
    def handler(event, context):
        return 1
"""


@pytest.fixture
def bus(cloud: Cloud) -> Bus:
    return make_bus(cloud)


def recorded(cloud: Cloud, bus: Bus) -> list[Any]:
    """The events of the bus, newest first."""
    found = call(f"{cloud.endpoint}{EVENTS}?limit=1000").json["events"]
    return [event for event in found if event["bus"] == bus.name]


def delivery(cloud: Cloud, bus: Bus, state: str) -> Any:
    """The only delivery of the only event, once it is in the state."""

    def look() -> Any:
        (event,) = recorded(cloud, bus)
        (one,) = event["deliveries"]
        return one if one["state"] == state else None

    return eventually(look, f"the delivery is {state}")


def test_an_event_is_recorded_with_its_envelope(cloud: Cloud, bus: Bus) -> None:
    bus.send(number=1)
    (event,) = recorded(cloud, bus)
    assert (event["source"], event["detail-type"], event["detail"]) == ("test", "Happened", {"number": 1})
    assert event["deliveries"] == []
    assert call(f"{cloud.endpoint}{EVENTS}?about={event['id']}").json["events"] == [event]


def test_half_of_a_surrogate_pair_is_shown_as_json_has_it(cloud: Cloud, bus: Bus) -> None:
    bus.send(text="\ud800")
    (event,) = recorded(cloud, bus)
    assert event["detail"] == {"text": "\ud800"}


def test_a_queue_that_accepts(cloud: Cloud, bus: Bus) -> None:
    url, arn = make_queue(cloud)
    bus.admit_to_queue(url, arn)
    bus.put_target(arn)
    bus.send()
    found = delivery(cloud, bus, "delivered")
    assert (found["rule"], found["target"], found["reason"]) == (bus.rule, arn, "")


def test_a_queue_that_does_not_allow_the_rule(cloud: Cloud, bus: Bus) -> None:
    bus.put_target(make_queue(cloud)[1])
    bus.send()
    assert delivery(cloud, bus, "failed")["reason"].startswith("NO_PERMISSIONS")


@pytest.mark.parametrize(
    ("source", "state", "attempts", "reason"),
    [(RETURNS, "succeeded", 1, ""), (RAISES, "failed", 3, "never works")],
    ids=["returns", "raises"],
)
def test_a_function(cloud: Cloud, bus: Bus, source: str, state: str, attempts: int, reason: str) -> None:
    function = make_function(cloud, source, EVERYTHING)
    bus.admit_to_function(function)
    bus.put_target(arn_of(cloud, function))
    bus.send()
    found = delivery(cloud, bus, state)
    assert (found["attempts"], found["reason"]) == (attempts, reason)


@pytest.mark.parametrize(
    ("source", "state", "reason"), [(RETURNS, "succeeded", ""), (RAISES, "retrying", "never works")]
)
def test_a_function_that_reads_a_queue(cloud: Cloud, bus: Bus, source: str, state: str, reason: str) -> None:
    url, arn = make_queue(cloud, VisibilityTimeout="10")
    bus.admit_to_queue(url, arn)
    bus.put_target(arn)
    reads = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    function = make_function(cloud, source, EVERYTHING, reads)
    cloud.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=arn, BatchSize=1)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody='no event, although it says "detail-type"')
    bus.send()
    found = delivery(cloud, bus, state)
    assert (found["target"], found["attempts"], found["reason"]) == (arn, 1, reason)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "٣", "10000000", "1" * 5000])
def test_a_limit_that_is_no_number_of_events(cloud: Cloud, limit: str) -> None:
    assert call(f"{cloud.endpoint}{EVENTS}?limit={quote(limit)}").status == 400


@pytest.mark.parametrize("path", [PATH, f"{API}/about", EVENTS, STREAM, f"{API}/orders", f"{API}/dead-letters"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example.com"},
        {"origin": "https://example.com"},
        {"origin": "http://localhost:1"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site", "sec-fetch-dest": "empty"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
def test_a_page_of_another_site_reads_nothing(cloud: Cloud, path: str, headers: dict[str, str]) -> None:
    answer = call(f"{cloud.endpoint}{path}", headers=headers)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_console_itself_may_read(cloud: Cloud) -> None:
    for headers in (
        {"origin": cloud.endpoint},
        {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "none", "sec-fetch-dest": "document"},
    ):
        assert call(f"{cloud.endpoint}{API}/about", headers=headers).status == 200


def test_a_link_of_another_site_leads_to_the_console(cloud: Cloud) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert call(f"{cloud.endpoint}/_local", headers=headers).status == 303


def test_a_change_must_be_json(cloud: Cloud) -> None:
    """A page of another site can send forms and text without permission, but not JSON."""
    url = f"{cloud.endpoint}{API}/dead-letters/orders"
    answer = call(url, "POST", b'{"action": "redrive"}', {"content-type": "text/plain"})
    assert answer.status == 415


def test_only_get(cloud: Cloud) -> None:
    for path in (PATH, EVENTS, *(f"{API}/{name}" for name in ("about", "orders", "map", "alarms"))):
        assert call(f"{cloud.endpoint}{path}", "POST", b"{}").status == 405


def test_an_unknown_api_is_not_the_page(cloud: Cloud) -> None:
    assert call(f"{cloud.endpoint}{API}/nothing").status == 404


@pytest.mark.parametrize("name", ["%2e%2e/x", "..%2f..%2fenv", "%00", "a/" * 3000, "x" * 300])
def test_no_file_outside_of_the_built_pages(tmp_path: Path, name: str) -> None:
    (tmp_path / f"pages-{digest(SOURCES)}" / "assets").mkdir(parents=True)
    (tmp_path / "x").write_text("secret")
    (tmp_path / f"pages-{digest(SOURCES)}" / "x").write_text("no asset")
    plane = ConsolePlane(Recorder(), Build(tmp_path, {}, SOURCES))
    answer = plane._answer({"type": "http", "method": "GET", "path": f"{PATH}/assets/{unquote(name)}"})
    assert (answer.status, json.loads(answer.body)) == (404, {"message": "no such file"})


def test_the_short_address_leads_to_the_console(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}/_local")
    assert (answer.status, answer.headers["location"]) == (303, PATH)


# --- the stream ---

Read = Callable[[], tuple[str, Any]]


@contextmanager
def stream(cloud: Cloud, last: str = "") -> Iterator[Read]:
    """Reads one message after another: its id and its data."""
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=20)
    connection.request("GET", STREAM, headers={"last-event-id": last} if last else {})
    answer = connection.getresponse()
    assert answer.getheader("content-type") == "text/event-stream"

    def read() -> tuple[str, Any]:
        fields: dict[str, str] = {}
        while line := answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields["id"], json.loads(fields["data"])

    try:
        yield read
    finally:
        connection.close()


def until(read: Read, bus: Bus) -> tuple[str, Any]:
    """The id of the message with an event of the bus, and the event; other tests send events too."""
    while True:
        last, data = read()
        for event in data["events"]:
            if event["bus"] == bus.name:
                return last, event


def test_a_reader_gets_the_events_so_far_and_then_each_at_once(cloud: Cloud, bus: Bus) -> None:
    bus.send(number=1)
    with stream(cloud) as read:
        last, data = read()
        assert data["fresh"] is True
        assert {"number": 1} in [event["detail"] for event in data["events"] if event["bus"] == bus.name]
        bus.send(number=2)
        last, event = until(read, bus)
        assert event["detail"] == {"number": 2}
    bus.send(number=3)
    with stream(cloud, last) as read:  # as a browser that connects again
        _, data = read()
        assert data["fresh"] is False
        assert [event["detail"] for event in data["events"] if event["bus"] == bus.name] == [{"number": 3}]


def test_a_reader_that_knew_another_server_starts_again(cloud: Cloud, bus: Bus) -> None:
    bus.send(number=1)
    with stream(cloud, "another-7") as read:
        assert read()[1]["fresh"] is True


@pytest.mark.parametrize("version", ["x", "", "1" * 5000])
def test_a_reader_whose_version_is_no_number_starts_again(cloud: Cloud, version: str) -> None:
    with stream(cloud) as read:
        instance = read()[0].partition("-")[0]
    with stream(cloud, f"{instance}-{version}") as read:
        assert read()[1]["fresh"] is True


def test_a_change_of_a_delivery_is_sent_too(cloud: Cloud, bus: Bus) -> None:
    bus.put_target(make_queue(cloud)[1])
    with stream(cloud) as read:
        read()
        bus.send()
        while until(read, bus)[1]["deliveries"][0]["state"] != "failed":
            pass
