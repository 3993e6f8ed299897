"""Replays of an archive: to the chosen rules only, of the events before the end, marked with the replay's name."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.delivery.cloud import make_queue, receive

START = datetime(2020, 1, 1, tzinfo=UTC)


class Bus:
    """A bus with an archive and two rules, each with a queue, that match every event."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.name = cloud, f"bus-{uuid.uuid4().hex[:8]}"
        self.events = cloud.client("events")
        self.arn = self.events.create_event_bus(Name=self.name)["EventBusArn"]
        answer = self.events.create_archive(ArchiveName=self.name, EventSourceArn=self.arn)
        self.archive = answer["ArchiveArn"]
        self.rules = [self.make_rule(name) for name in ("one", "two")]

    def make_rule(self, name: str) -> tuple[str, str]:
        url, queue = make_queue(self.cloud)
        pattern = '{"source": ["test"]}'
        arn = self.events.put_rule(Name=name, EventBusName=self.name, EventPattern=pattern)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        self.events.put_targets(Rule=name, EventBusName=self.name, Targets=[{"Id": "queue", "Arn": queue}])
        return arn, url

    def send(self) -> None:
        entry = {"Source": "test", "DetailType": "Happened", "Detail": "{}", "EventBusName": self.name}
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def replay(self, begin: datetime, end: datetime, *rules: str) -> str:
        name = f"replay-{uuid.uuid4().hex[:8]}"
        destination: dict[str, Any] = {"Arn": self.arn, **({"FilterArns": list(rules)} if rules else {})}
        self.events.start_replay(
            ReplayName=name,
            EventSourceArn=self.archive,
            EventStartTime=begin,
            EventEndTime=end,
            Destination=destination,
        )
        poll(lambda: self.events.describe_replay(ReplayName=name)["State"] == "COMPLETED")
        return name

    def received(self, number: int, count: int) -> list[dict[str, Any]]:
        """Wait for so many events in the queue of a rule."""
        found: list[dict[str, Any]] = []

        def look() -> list[dict[str, Any]]:
            found.extend(json.loads(message["Body"]) for message in receive(self.cloud, self.rules[number][1]))
            return found

        return poll(look, lambda events: len(events) >= count)


@pytest.fixture
def bus(cloud: Cloud) -> Bus:
    bus = Bus(cloud)
    bus.send()
    for number in (0, 1):
        bus.received(number, 1)
    return bus


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def test_a_replay_reaches_the_chosen_rule_only(bus: Bus) -> None:
    name = bus.replay(START, tomorrow(), bus.rules[0][0])
    (event,) = bus.received(0, 1)
    assert event["replay-name"] == name
    # A later event comes to both, after what the replay would have sent.
    bus.send()
    (later,) = bus.received(1, 1)
    assert "replay-name" not in later


def test_a_replay_without_rules_reaches_all(bus: Bus) -> None:
    name = bus.replay(START, tomorrow())
    assert [bus.received(number, 1)[0]["replay-name"] for number in (0, 1)] == [name, name]


def test_an_event_at_the_end_is_not_replayed(bus: Bus) -> None:
    bus.replay(START, tomorrow(), bus.rules[0][0])
    (event,) = bus.received(0, 1)
    at = datetime.fromisoformat(event["time"])
    bus.replay(START, at)
    bus.replay(at, at + timedelta(seconds=1), bus.rules[1][0])
    assert len(bus.received(1, 1)) == 1
    assert bus.received(0, 0) == []


def test_the_end_is_described_as_it_was_given(bus: Bus) -> None:
    end = datetime.fromtimestamp(int(time.time()) + 3600, UTC)
    name = bus.replay(START, end)
    assert bus.events.describe_replay(ReplayName=name)["EventEndTime"] == end


def test_a_period_that_ends_before_it_begins_is_refused(bus: Bus) -> None:
    with pytest.raises(ClientError, match="EventStartTime must be before EventEndTime"):
        bus.replay(tomorrow(), START)


def test_a_replayed_event_is_not_archived_again(bus: Bus) -> None:
    bus.replay(START, tomorrow())
    assert bus.events.describe_archive(ArchiveName=bus.name)["EventCount"] == 1
