"""Messages of a queue: each handled on its own, growing waits, poison to the dead-letter queue."""

import json
import time
from typing import Any

import pytest

from ecom.backoff import delay
from ecom.errors import InvalidEvent, PlatformError, TryAgain
from ecom.message_queue import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Message, Queue, handle_messages
from ecom.observability import RETRIED_AGE
from ecom_testkit.lambda_events import bus_event


class Sqs:
    def __init__(self) -> None:
        self.waits: dict[str, int] = {}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803 - boto3's names
        self.waits[ReceiptHandle] = VisibilityTimeout


class DeadLetterSpy:
    def __init__(self) -> None:
        self.messages: list[tuple[Any, str]] = []
        self.back_to = ""

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        self.messages.append((received, error.message))
        self.back_to = back_to


def record(name: str, received: int = 1, body: Any = "{}") -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": "1767225600000"},
    }


def run(records: list[dict[str, Any]], handle: Any) -> tuple[list[str], Sqs, DeadLetterSpy]:
    sqs, dead_letters = Sqs(), DeadLetterSpy()
    answer = handle_messages(records, handle, Queue(sqs, "url"), dead_letters)  # type: ignore[arg-type]  # fakes
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]], sqs, dead_letters


def test_a_message_has_all_its_parts() -> None:
    seen: list[Message] = []
    failed, _, _ = run([record("a", 3, {"x": 1})], seen.append)
    assert failed == []
    assert (seen[0].id, seen[0].body, seen[0].receive_count, seen[0].sent_at.year) == ("a", {"x": 1}, 3, 2026)


@pytest.mark.parametrize("error", [TryAgain("later"), RuntimeError("bug")])
def test_a_failed_message_comes_back_alone_after_a_wait(error: Exception) -> None:
    def handle(message: Message) -> None:
        if message.id == "b":
            raise error

    failed, sqs, dead_letters = run([record("a"), record("b", received=3), record("c")], handle)
    assert failed == ["b"]
    assert sqs.waits == {"handle-b": 20}
    assert dead_letters.messages == []


def test_the_age_of_failed_messages_is_a_metric(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS leaves a message that was received three times out of its metric."""
    monkeypatch.setenv("ENVIRONMENT", "dev")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "orders")
    monkeypatch.setattr(time, "time", lambda: 1767225600.0 + 1800)

    def handle(message: Message) -> None:
        if message.id != "c":
            raise TryAgain("later")

    run([record("a"), record("b", received=9), record("c")], handle)
    (written,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if RETRIED_AGE in line)
    assert written[RETRIED_AGE] == [1800, 1800]
    assert (written["environment"], written["service"]) == ("dev", "orders")
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": RETRIED_AGE, "Unit": "Seconds"}]


def test_poison_becomes_a_dead_letter() -> None:
    def handle(message: Message) -> None:
        raise InvalidEvent("no such thing")

    failed, _, dead_letters = run([record("a")], handle)
    assert failed == []
    assert dead_letters.messages == [("{}", "no such thing")]
    assert dead_letters.back_to == "url"


def test_poison_comes_back_alone_when_the_dead_letter_queue_fails() -> None:
    class Full(DeadLetterSpy):
        def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
            raise RuntimeError("the dead-letter queue is unavailable")

    def handle(message: Message) -> None:
        if message.id == "b":
            raise InvalidEvent("no such thing")

    sqs = Sqs()
    records = [record("a"), record("b"), record("c")]
    answer = handle_messages(records, handle, Queue(sqs, "url"), Full())  # type: ignore[arg-type]  # fakes
    assert answer == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert sqs.waits == {"handle-b": 5}


def test_others_are_handled_once_when_the_wait_of_a_failed_message_cannot_be_set() -> None:
    """Without an answer about the whole batch Lambda would deliver all of it again, with the message handled before."""

    class Throttled(Sqs):
        def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803 - boto3's names
            raise RuntimeError("RequestThrottled")

    handled: list[str] = []

    def handle(message: Message) -> None:
        if message.id == "b":
            raise TryAgain("later")
        handled.append(message.id)

    records = [record("a"), record("b"), record("c")]
    answer = handle_messages(records, handle, Queue(Throttled(), "url"), DeadLetterSpy())  # type: ignore[arg-type]  # fakes
    assert answer == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert handled == ["a", "c"]


def test_no_message_is_started_in_the_second_half_of_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Lambda would end the function in the middle of one, and deliver all of them again, the handled ones too."""
    left, handled = [30.0], list[str]()

    def handle(message: Message) -> None:
        handled.append(message.id)
        left[0] -= 8

    sqs, records = Sqs(), [record(name) for name in "abcd"]
    answer = handle_messages(records, handle, Queue(sqs, "url"), DeadLetterSpy(), lambda: left[0])  # type: ignore[arg-type]  # fakes
    assert handled == ["a", "b"]
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["c", "d"]
    assert sqs.waits == {"handle-c": 5, "handle-d": 5}


def test_the_first_message_is_started_whatever_time_is_left() -> None:
    handled: list[Message] = []
    answer = handle_messages([record("a")], handled.append, Queue(Sqs(), "url"), DeadLetterSpy(), lambda: 0.1)  # type: ignore[arg-type]  # fakes
    assert (len(handled), answer) == (1, {"batchItemFailures": []})


@pytest.mark.parametrize("body", ["{", "[" * 100_000])
def test_a_message_that_is_not_json_is_poison(body: str) -> None:
    failed, _, dead_letters = run([record("a", body=body)], lambda message: None)
    assert failed == []
    assert dead_letters.messages == [(body, "the message is not JSON")]


def test_waits_double_from_five_seconds_to_fifteen_minutes() -> None:
    assert [delay(n, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS) for n in (1, 2, 3, 8, 9, 100)] == [
        5,
        10,
        20,
        640,
        900,
        900,
    ]


def test_a_redriven_message_differs_from_a_repeat() -> None:
    decided = {"REDRIVEN": {"dataType": "String", "stringValue": "not-a-time"}}
    seen: list[Message] = []
    run([record("a"), {**record("b", 2), "messageAttributes": decided}], seen.append)
    assert [message.redriven_at is not None for message in seen] == [False, True]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025-12-31T20:00:00.000Z", 20),
        ("2025-12-31T20:00:00", 20),
        ("2027-01-01T05:00:00Z", 0),  # an operator's clock may be wrong
        ("not-a-time", 0),
        ("0001-01-01T00:00:00+10:00", 0),
        (None, 0),
    ],
)
def test_redriven_at_is_never_later_than_sent_at(text: str | None, hour: int) -> None:
    seen: list[Message] = []
    run([{**record("a"), "messageAttributes": {"REDRIVEN": {"dataType": "String", "stringValue": text}}}], seen.append)
    assert seen[0].redriven_at is not None
    assert seen[0].redriven_at.hour == hour


@pytest.mark.usefixtures("fresh_logger")
def test_an_unexpected_error_is_logged_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    """The message may repeat personal input."""

    def fail(_message: Message) -> None:
        raise KeyError("jo@example.com")

    failed, _, _ = run([record("a")], fail)
    line, _metric = capsys.readouterr().out.splitlines()
    assert failed == ["a"]
    assert "jo@example.com" not in line
    logged = json.loads(line)
    assert (logged["level"], logged["message"], logged["error_type"]) == ("ERROR", "retry later", "KeyError")
    assert "test_message_queue.py" in logged["raised_at"]
    assert "fail" in logged["raised_at"]


@pytest.mark.parametrize("body", ["no JSON", "[" * 100_000])
def test_what_cannot_be_parsed_is_a_dead_letter_and_the_others_are_handled(body: str) -> None:
    seen: list[Message] = []
    failed, _, dead_letters = run([record("a", body=body), record("b")], seen.append)
    assert (failed, [message.id for message in seen]) == ([], ["b"])
    assert [reason for _, reason in dead_letters.messages] == ["the message is not JSON"]


@pytest.mark.usefixtures("fresh_logger")
@pytest.mark.parametrize("error", [TryAgain("the provider does not answer"), RuntimeError()])
def test_a_line_about_a_failed_message_names_its_event(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    """So that `make logs ORDER=...` finds it; of the detail it says nothing."""

    def fail(_message: Message) -> None:
        raise error

    detail = {"address": {"city": "Copenhagen"}, "metadata": {"eventId": "e-1", "correlationId": "c-1"}}
    event = {**bus_event("ecommerce.orders", "OrderCreated", detail), "resources": ["order-1"]}
    run([{**record("a", 3), "body": json.dumps(event)}, {**record("b"), "body": "[]"}], fail)
    first, second, _metric = capsys.readouterr().out.splitlines()
    expected = {"event": "OrderCreated", "about": "order-1", "event_id": "e-1", "correlation_id": "c-1"}
    assert expected.items() <= json.loads(first).items()
    assert json.loads(first)["delivery"] == "3"
    assert "Copenhagen" not in first
    assert "about" not in json.loads(second)
