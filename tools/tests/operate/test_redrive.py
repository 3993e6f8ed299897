"""Dead letters of every writer: their event, their reason, and the function or queue that they go back to."""

import json
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ecom.message_queue import REDRIVEN
from tools.operate.ages import age_of
from tools.operate.redrive.__main__ import arguments, line_of, run, wanted
from tools.operate.redrive.dead_letter import DeadLetter, FromStream, ToFunction, ToQueue, read
from tools.operate.redrive.queue import DeadLetterQueue
from tools.project.aws import Target
from tools.project.problems import Problem

EVENT = {"detail-type": "OrderCreated", "source": "ecommerce.orders", "resources": ["o-1"], "detail": {"secret": "x"}}
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:ecommerce-dev-orders-on-fulfilment-event:live"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:events"
SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message(body: Any, system: dict[str, str] | None = None, **attributes: str) -> dict[str, Any]:
    return {
        "MessageId": "8f3a0000-0000-4000-8000-000000000000",
        "ReceiptHandle": "receipt",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
        "Attributes": {"SentTimestamp": str(int(SENT.timestamp() * 1000)), **(system or {})},
    }


def test_a_dead_letter_of_our_own_function() -> None:
    dead_letter = read(
        message(
            EVENT, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="ecommerce-dev-orders-on-fulfilment-event"
        )
    )
    assert dead_letter.back_to == ToFunction("ecommerce-dev-orders-on-fulfilment-event:live")
    assert (dead_letter.code, dead_letter.reason, dead_letter.about) == ("DEAD_LETTER", "why", "OrderCreated o-1")
    assert json.loads(dead_letter.payload) == EVENT


def test_a_dead_letter_of_a_renamed_function_goes_to_its_present_name() -> None:
    dead_letter = read(message(EVENT, ERROR_CODE="DEAD_LETTER", BACK_TO="ecommerce-dev-orders-facts"))
    assert dead_letter.back_to == ToFunction("ecommerce-dev-orders-on-fulfilment-event:live")


def test_a_stream_record_of_our_own_goes_back_as_a_batch_of_one() -> None:
    record = {"eventID": "e", "dynamodb": {"Keys": {"orderId": {"S": "o-1"}}}}
    dead_letter = read(message(record, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="announce"))
    assert json.loads(dead_letter.payload) == {"Records": [record]}
    assert dead_letter.about == "change of o-1"


def test_a_queue_message_of_our_own() -> None:
    dead_letter = read(message(EVENT, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="https://sqs/1/events"))
    assert dead_letter.back_to == ToQueue("https://sqs/1/events")
    assert json.loads(dead_letter.payload) == EVENT


@pytest.mark.parametrize(("target", "expected"), [(FUNCTION, ToFunction(FUNCTION)), (QUEUE, ToQueue(QUEUE))])
def test_an_event_that_eventbridge_could_not_deliver(target: str, expected: object) -> None:
    dead_letter = read(message(EVENT, ERROR_CODE="NO_PERMISSIONS", TARGET_ARN=target, RULE_ARN="r", RETRY_ATTEMPTS="7"))
    assert (dead_letter.back_to, dead_letter.attempts, dead_letter.code) == (expected, 7, "NO_PERMISSIONS")


def test_an_invocation_that_used_up_its_attempts() -> None:
    record = {
        "requestContext": {"functionArn": FUNCTION, "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": EVENT,
        "responsePayload": {"errorType": "KeyError", "errorMessage": "'x'"},
    }
    dead_letter = read(message(record))
    assert (dead_letter.code, dead_letter.reason, dead_letter.attempts) == ("KeyError", "'x'", 3)
    assert dead_letter.back_to == ToFunction(FUNCTION)
    assert json.loads(dead_letter.payload) == EVENT


def test_stream_records_that_used_up_their_attempts() -> None:
    batch = {"shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "3", "streamArn": "arn:stream"}
    context = {"functionArn": FUNCTION, "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 9}
    dead_letter = read(message({"requestContext": context, "DDBStreamBatchInfo": batch}))
    assert dead_letter.back_to == FromStream(FUNCTION, "arn:stream", "s", "1", "3")
    assert dead_letter.code == "RetryAttemptsExhausted"


def test_a_message_that_was_received_too_often() -> None:
    dead_letter = read(message("not json", {"DeadLetterQueueSourceArn": QUEUE}))
    assert (dead_letter.back_to, dead_letter.payload, dead_letter.about) == (ToQueue(QUEUE), "not json", "a message")


def test_a_message_of_unknown_origin_is_kept() -> None:
    dead_letter = read(message({"hello": "world"}))
    assert dead_letter.back_to is None
    assert "nowhere" in line_of(dead_letter, SENT)


def test_a_line_contains_nothing_personal() -> None:
    dead_letter = read(
        message(
            EVENT, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="ecommerce-dev-orders-on-fulfilment-event"
        )
    )
    text = line_of(dead_letter, datetime(2026, 3, 1, 14, tzinfo=UTC))
    for part in (
        "8f3a0000",
        "OrderCreated o-1",
        "2 h old",
        "DEAD_LETTER: why",
        "ecommerce-dev-orders-on-fulfilment-event",
    ):
        assert part in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ([], True),
        (["--id", "8f3a"], True),
        (["--id", "9"], False),
        (["--event", "OrderCreated"], True),
        (["--event", "OrderDeleted"], False),
        (["--about", "o-1"], True),
        (["--about", "o-2"], False),
        (["--error", "WHY"], True),
        (["--error", "other"], False),
        (["--older-than", "1"], True),
        (["--older-than", "100000000"], False),
    ],
)
def test_options_select_dead_letters(options: list[str], *, chosen: bool) -> None:
    dead_letter = read(message(EVENT, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="f"))
    assert wanted(arguments(["orders", *options]), dead_letter) is chosen


class Letters:
    """A dead-letter queue with one message, as the command uses it."""

    unread = 0
    are_invisible = True

    def __init__(self) -> None:
        self.here = [read(message(EVENT, ERROR_CODE="DEAD_LETTER", ERROR_MESSAGE="why", BACK_TO="f"))]
        self.release_again: list[DeadLetter] = []

    def dead_letters(self) -> list[DeadLetter]:
        return list(self.here)

    def release_all(self, dead_letters: Iterable[DeadLetter]) -> None:
        self.release_again += dead_letters

    released_after_an_error = DeadLetterQueue.released_after_an_error

    def delete(self, dead_letter: DeadLetter) -> None:
        self.here.remove(dead_letter)

    def mended(self, dead_letter: DeadLetter, payload: str) -> DeadLetter:
        return replace(dead_letter, payload=payload)


@pytest.mark.parametrize(
    ("code", "harmless"),
    [("AWS.SimpleQueueService.MessageNotInflight", True), ("InvalidParameterValue", True), ("AccessDenied", False)],
)
def test_a_dead_letter_that_is_visible_already_needs_no_release(code: str, *, harmless: bool) -> None:
    class Late(Queues):
        def change_message_visibility(self, **_asked: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "late"}}, "ChangeMessageVisibility")

    dead_letters = DeadLetterQueue(cast("Target", Late()), "https://sqs/1/dead_letters")
    with nullcontext() if harmless else pytest.raises(ClientError):
        dead_letters.release(read(message(EVENT, BACK_TO="f")))


@pytest.mark.parametrize(
    ("code", "harmless"),
    [("AWS.SimpleQueueService.MessageNotInflight", True), ("InvalidParameterValue", True), ("AccessDenied", False)],
)
def test_many_that_are_visible_already_need_no_release(code: str, *, harmless: bool) -> None:
    class Late(Queues):
        def change_message_visibility_batch(self, **_asked: Any) -> dict[str, Any]:
            return {"Successful": [], "Failed": [{"Id": "0", "Code": code, "SenderFault": True}]}

    dead_letters = DeadLetterQueue(cast("Target", Late()), "https://sqs/1/dead_letters")
    with nullcontext() if harmless else pytest.raises(Problem, match=code):
        dead_letters.release_all([read(message(EVENT, BACK_TO="f"))])


def test_with_needs_exactly_one_dead_letter(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["orders", "--with", "x.json"])
    assert "--id" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "text"), [(1, "1 s"), (90, "2 min"), (7200, "2 h"), (200_000, "2 d")])
def test_ages(seconds: float, text: str) -> None:
    assert age_of(seconds) == text


class Queues:
    """The part of SQS that sending a dead letter back to a queue needs."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.deleted: list[str] = []

    def client(self, _service: str) -> "Queues":
        return self

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803 - boto3's names
        assert self.sent, "the dead_letter must be sent before it is deleted"
        self.deleted.append(ReceiptHandle)


def test_a_message_for_a_queue_carries_when_the_operator_redrove_it() -> None:
    """A consumer may treat an operator's redrive differently from a repeat."""
    queues = Queues()
    dead_letters = DeadLetterQueue(cast("Target", queues), "https://sqs/1/dead_letters")
    assert (
        dead_letters.send_back(read(message(EVENT, ERROR_CODE="OUTCOME_UNKNOWN", BACK_TO="https://sqs/1/news")))
        == "sent back"
    )
    ((sent,), deleted) = (queues.sent, queues.deleted)
    assert (sent["QueueUrl"], json.loads(sent["MessageBody"]), deleted) == ("https://sqs/1/news", EVENT, ["receipt"])
    assert sent["MessageAttributes"][REDRIVEN]["StringValue"] == "2026-03-01T12:00:00.000Z"


class TwoAboutOne(Queues):
    """Two dead letters, a minute apart, read two seconds after the second one."""

    def __init__(self) -> None:
        super().__init__()
        self.here = [
            {
                **message(EVENT, {"SentTimestamp": str(int(at.timestamp() * 1000))}, BACK_TO="https://q"),
                "MessageId": name,
            }
            for name, at in (("a", SENT), ("b", SENT + timedelta(minutes=1)))
        ]

    def receive_message(self, **_asked: Any) -> dict[str, Any]:
        found, self.here = self.here, []
        return {
            "Messages": found,
            "ResponseMetadata": {"HTTPHeaders": {"date": "Sun, 01 Mar 2026 12:01:02 GMT"}},
        }


def test_all_messages_of_one_run_carry_the_same_time() -> None:
    """The outcome of the first dead letter was unknown when the second one was selected."""
    queues = TwoAboutOne()
    dead_letters = DeadLetterQueue(cast("Target", queues), "https://sqs/1/dead_letters")
    for dead_letter in dead_letters.dead_letters():
        dead_letters.send_back(dead_letter)
    decided = [sent["MessageAttributes"][REDRIVEN]["StringValue"] for sent in queues.sent]
    assert decided == ["2026-03-01T12:01:02.000Z"] * 2


class Stopped(TwoAboutOne):
    """Ctrl-C or a failure of the queue, after the first dead letters were received."""

    def __init__(self, how: BaseException) -> None:
        super().__init__()
        self.how = how
        self.shown_again: list[str] = []

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        if not self.here:
            raise self.how
        return super().receive_message(**asked)

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert {entry["VisibilityTimeout"] for entry in Entries} == {0}
        self.shown_again += [entry["ReceiptHandle"] for entry in Entries]
        return {"Successful": []}


@pytest.mark.parametrize("how", [KeyboardInterrupt(), ConnectionError()], ids=["ctrl-C", "failure"])
def test_an_interrupted_read_leaves_all_dead_letters_visible(how: BaseException) -> None:
    queues = Stopped(how)
    with pytest.raises(type(how)):
        DeadLetterQueue(cast("Target", queues), "https://sqs/1/dead_letters").dead_letters()
    assert queues.shown_again == ["receipt"] * 2


@pytest.mark.parametrize(("content", "message"), [(b"\xff", "utf-8"), (b" ", "empty")])
def test_a_file_that_cannot_be_sent_is_an_error_and_the_dead_letter_stays(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "mended.json"
    file.write_bytes(content)
    queue = Letters()
    with pytest.raises(Problem, match=message):
        run(arguments(["orders", "--id", "8f3a", "--with", str(file)]), cast("DeadLetterQueue", queue))
    assert queue.release_again == queue.here


def test_records_of_a_stream_cannot_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "mended.json"
    file.write_text("{}")
    queue = Letters()
    queue.here = [replace(queue.here[0], back_to=FromStream("f", "stream", "shard", "1", "2"))]
    with pytest.raises(Problem, match="stream"):
        run(arguments(["orders", "--id", "8f3a", "--with", str(file)]), cast("DeadLetterQueue", queue))


def test_show_prints_the_replacement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mended.json"
    file.write_text('{"mended": true}')
    queue = Letters()
    assert (
        run(arguments(["orders", "--id", "8f3a", "--with", str(file), "--show"]), cast("DeadLetterQueue", queue)) == 0
    )
    assert '{"mended": true}' in capsys.readouterr().out
    assert queue.release_again == queue.here


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        {"detail-type": 5, "resources": 5},
        {"detail-type": ["x"], "resources": None},
        {"Records": 5},
        {"Records": [5, None, {}]},
        {"Records": [{"dynamodb": 5}]},
        {"dynamodb": {"Keys": 5}},
        {"dynamodb": {"Keys": {"orderId": 5}}},
        {"requestContext": 5},
        {"requestContext": {"functionArn": 5}},
        {"requestContext": {"functionArn": FUNCTION}, "DDBStreamBatchInfo": 5},
        {"requestContext": {"functionArn": FUNCTION}, "DDBStreamBatchInfo": {}},
        {"detail-type": "\x1b[2J", "resources": ["\x1b]0;x\x07"]},
    ],
)
def test_a_malformed_dead_letter_does_not_hide_the_others(body: Any) -> None:
    """Dead letters may be malformed, and must not send control characters to the terminal."""
    for attributes in ({}, {"BACK_TO": "facts", "ERROR_MESSAGE": "\x1b[2Jwhy"}):
        dead_letter = read(message(body, None, **attributes))
        text = line_of(dead_letter, SENT)
        assert text.replace("\n", "").isprintable()
        assert wanted(arguments(["orders"]), dead_letter)
        assert dead_letter.event.get("detail-type") != "OrderCreated"
