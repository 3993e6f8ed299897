"""`make events-tail`: what is caught, what a line shows, and that nothing is left behind."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.operate import events_tail
from tools.operate.bus import catching
from tools.operate.bus.catching import Caught, caught, remove_old
from tools.operate.bus.naming import new_name
from tools.project.environments import Environment

BUS = "ecommerce-dev"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "id": "e1",
    "time": "2026-11-29T12:00:01Z",
    "source": "ecommerce.orders",
    "detail-type": "OrderCreated",
    "resources": ["order-1"],
    "detail": {"address": {"name": "Jo"}, "metadata": {"correlationId": "c-1"}},
}


class Place:
    """An environment in moto, as `tools.project.aws.Target`."""

    environment = Environment("dev", "aws", "eu-west-1")

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}
        for name in ("events", "sqs", "ssm"):
            self.clients[name] = boto3.client(name, region_name="eu-west-1")
        self.ssm = self.clients["ssm"]
        self.clients["events"].create_event_bus(Name=BUS)
        self.ssm.put_parameter(Name="/ecommerce/dev/platform/event-bus/name", Value=BUS, Type="String")

    def client(self, name: str) -> Any:
        return self.clients[name]

    def things(self) -> list[str]:
        rules = self.client("events").list_rules(EventBusName=BUS)["Rules"]
        queues = self.client("sqs").list_queues().get("QueueUrls", [])
        return sorted([*(rule["Name"] for rule in rules), *(url.rpartition("/")[2] for url in queues)])


@pytest.fixture
def place(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        yield Place()


def test_the_rule_and_the_queue_exist_in_the_block_only(place: Any) -> None:
    name = new_name("tail", "dev", NOW)
    with caught(place, name, [[{"source": ["a"]}, {"source": ["b"]}]]) as ((queue,), rules):
        assert place.things() == [f"{name}-0", f"{name}-0", f"{name}-1"]  # a queue, and two rules
        assert len(rules) == 2
        url = place.client("sqs").list_queues()["QueueUrls"][0]
        attributes = place.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
        (statement,) = json.loads(attributes["Policy"])["Statement"]
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
        assert queue.receive(0) == []
    assert place.things() == []


def test_they_are_removed_when_the_block_fails(place: Any) -> None:
    with pytest.raises(KeyboardInterrupt), caught(place, new_name("tail", "dev", NOW), [[{"source": ["a"]}]]):
        raise KeyboardInterrupt
    assert place.things() == []


def test_they_are_removed_when_they_cannot_all_be_made(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("refused")

    monkeypatch.setattr(catching, "_allow", fail)
    with (
        pytest.raises(RuntimeError, match="refused"),
        caught(place, new_name("tail", "dev", NOW), [[{"source": ["a"]}]]),
    ):
        pass
    assert place.things() == []


@pytest.mark.parametrize(("service", "call"), [("sqs", "create_queue"), ("events", "put_rule")])
def test_they_are_removed_when_a_signal_comes_while_one_is_made(
    place: Any, monkeypatch: pytest.MonkeyPatch, service: str, call: str
) -> None:
    make = getattr(place.client(service), call)

    def interrupted(**request: Any) -> Any:
        made = make(**request)
        signal.raise_signal(signal.SIGINT)
        return made

    monkeypatch.setattr(place.client(service), call, interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        caught(place, new_name("tail", "dev", NOW), [[{"source": ["a"]}]]),
    ):
        pytest.fail("the block ran")
    assert place.things() == []


def test_what_a_killed_process_left_is_removed_a_day_later(place: Any) -> None:
    old, recent = (new_name("replay", "dev", NOW - age) for age in (timedelta(hours=25), timedelta(hours=23)))
    for name in (old, recent, "operator-made-by-hand"):
        place.client("events").put_rule(Name=name, EventBusName=BUS, EventPattern='{"source": ["a"]}')
        place.client("sqs").create_queue(QueueName=name)
    assert remove_old(place, NOW) == [old, old]
    assert place.things() == sorted([recent, recent, "operator-made-by-hand", "operator-made-by-hand"])


def test_an_event_that_comes_twice_is_one_event(place: Any) -> None:
    url = place.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    queue = Caught(place, url)
    for _ in range(2):
        place.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(EVENT))
    assert queue.receive(0) == [EVENT]
    place.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(EVENT))
    assert queue.receive(0) == []
    assert place.client("sqs").receive_message(QueueUrl=url).get("Messages", []) == []


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ([], {"source": [{"prefix": "ecommerce."}]}),
        (["--source", "orders"], {"source": ["ecommerce.orders"]}),
        (["--source", "aws.ecs", "--event", "X"], {"source": ["aws.ecs"], "detail-type": ["X"]}),
    ],
)
def test_the_pattern(arguments: list[str], pattern: dict[str, Any]) -> None:
    assert events_tail.pattern_of(events_tail.arguments(arguments)) == pattern


@pytest.mark.parametrize("arguments", [["--hours", "13"], ["--hours", "0"], ["--count", "-1"]])
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        events_tail.arguments(arguments)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_line_shows_nothing_of_the_detail_but_the_correlation() -> None:
    line = events_tail.line_of(EVENT)
    assert line == "12:00:01 orders         OrderCreated       order-1 correlation c-1"
    assert events_tail.line_of({**EVENT, "replay-name": "r"}).endswith(" (replayed by r)")
    assert "\x1b" not in events_tail.line_of({**EVENT, "resources": ["\x1b[2J"]})


def test_events_of_an_order_and_their_number() -> None:
    events = [EVENT, {**EVENT, "id": "e2", "resources": ["order-2"]}, {**EVENT, "id": "e3"}, {**EVENT, "id": "e4"}]
    queue: Any = SimpleNamespace(receive=lambda _: events)
    lines: list[str] = []
    asked = events_tail.arguments(["--order", "order-1", "--count", "2", "--json"])
    events_tail.follow(asked, queue, lines.append)
    assert [json.loads(line)["id"] for line in lines] == ["e1", "e3"]
