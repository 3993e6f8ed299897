"""Each message on its own; waits that grow; poison put away with its reason."""

import json
from typing import Any

import pytest

from ecom.errors import InvalidEvent, PlatformError, TryAgain
from ecom.queue import Message, Queue, consume, wait_after


class Sqs:
    def __init__(self) -> None:
        self.waits: dict[str, int] = {}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803 - boto3's names
        self.waits[ReceiptHandle] = VisibilityTimeout


class PutAway:
    def __init__(self) -> None:
        self.letters: list[tuple[Any, str]] = []
        self.back_to = ""

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        self.letters.append((received, error.message))
        self.back_to = back_to


def record(name: str, received: int = 1, body: Any = "{}") -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": "1767225600000"},
    }


def run(records: list[dict[str, Any]], handle: Any) -> tuple[list[str], Sqs, PutAway]:
    sqs, put_away = Sqs(), PutAway()
    answer = consume(records, handle, Queue(sqs, "url"), put_away)  # type: ignore[arg-type]  # fakes
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]], sqs, put_away


def test_a_message_arrives_whole() -> None:
    seen: list[Message] = []
    failed, _, _ = run([record("a", 3, {"x": 1})], seen.append)
    assert failed == []
    assert (seen[0].id, seen[0].body, seen[0].received, seen[0].sent_at.year) == ("a", {"x": 1}, 3, 2026)


@pytest.mark.parametrize("error", [TryAgain("later"), RuntimeError("bug")])
def test_one_that_fails_comes_back_alone_after_a_wait(error: Exception) -> None:
    def handle(message: Message) -> None:
        if message.id == "b":
            raise error

    failed, sqs, put_away = run([record("a"), record("b", received=3), record("c")], handle)
    assert failed == ["b"]
    assert sqs.waits == {"handle-b": 20}
    assert put_away.letters == []


def test_poison_is_put_away_and_done() -> None:
    def handle(message: Message) -> None:
        raise InvalidEvent("no such thing")

    failed, _, put_away = run([record("a")], handle)
    assert failed == []
    assert put_away.letters == [("{}", "no such thing")]
    assert put_away.back_to == "url"


def test_poison_that_cannot_be_put_away_comes_back_alone() -> None:
    class Full(PutAway):
        def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
            raise RuntimeError("the dead-letter queue takes no letters")

    def handle(message: Message) -> None:
        if message.id == "b":
            raise InvalidEvent("no such thing")

    sqs = Sqs()
    records = [record("a"), record("b"), record("c")]
    answer = consume(records, handle, Queue(sqs, "url"), Full())  # type: ignore[arg-type]  # fakes
    assert answer == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert sqs.waits == {"handle-b": 5}


@pytest.mark.parametrize("body", ["{", "[" * 100_000])
def test_what_is_not_json_is_poison(body: str) -> None:
    failed, _, put_away = run([record("a", body=body)], lambda message: None)
    assert failed == []
    assert put_away.letters == [(body, "the message is not JSON")]


def test_waits_double_from_five_seconds_to_fifteen_minutes() -> None:
    assert [wait_after(n) for n in (1, 2, 3, 8, 9, 100)] == [5, 10, 20, 640, 900, 900]


def test_an_operators_decision_is_told_from_a_repeat() -> None:
    decided = {"REDRIVEN": {"dataType": "String", "stringValue": "letter-1"}}
    seen: list[Message] = []
    run([record("a"), {**record("b", 2), "messageAttributes": decided}], seen.append)
    assert [message.redriven for message in seen] == [False, True]


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("2025-12-31T20:00:00.000Z", 20),
        ("2025-12-31T20:00:00", 20),
        ("2027-01-01T05:00:00Z", 0),  # no decision is later than what it sent
        ("letter-1", 0),
        ("0001-01-01T00:00:00+10:00", 0),
        (None, 0),
    ],
)
def test_a_decision_is_about_what_was_known_when_it_was_made(said: str | None, hour: int) -> None:
    seen: list[Message] = []
    run([{**record("a"), "messageAttributes": {"REDRIVEN": {"dataType": "String", "stringValue": said}}}], seen.append)
    assert seen[0].redriven_at is not None
    assert seen[0].redriven_at.hour == hour


@pytest.mark.usefixtures("fresh_logger")
def test_what_nobody_foresaw_is_logged_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    """They may hold whatever the message held; where it happened is enough to find it."""

    def careless(_message: Message) -> None:
        raise KeyError("jo@example.com")

    failed, _, _ = run([record("a")], careless)
    (line,) = capsys.readouterr().out.splitlines()
    assert failed == ["a"]
    assert "jo@example.com" not in line
    told = json.loads(line)
    assert (told["level"], told["message"], told["error_type"]) == ("ERROR", "put back", "KeyError")
    assert "test_queue.py" in told["raised_at"]
    assert "careless" in told["raised_at"]
