"""A dead-letter queue with more messages than can be read before the first of them become visible again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, cast

import pytest

from tools.operate.redrive import overview as overviews
from tools.operate.redrive.__main__ import arguments, run
from tools.operate.redrive.overview import Row, overview, table
from tools.operate.redrive.queue import DECIDE_FOR, MAX_READ_FOR, READ_FOR, DeadLetterQueue
from tools.operate.timeline.failures import of_dead_letters
from tools.operate.timeline.steps import Kind
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import discover

SECONDS = 0.1  # of each request, from an operator's machine
MANY = 20_000
IN_A_READ = int(READ_FOR / SECONDS) * 10
URL = "https://sqs/1/events"


class Sqs:
    """A queue whose requests take time by its own clock. Received messages are visible again after their visibility
    time-out, as on AWS."""

    def __init__(self, number: int) -> None:
        self.now = 0.0
        self.visible_at = dict.fromkeys((f"{index:08}" for index in range(number)), 0.0)
        self.released: list[str] = []
        self.sent = 0
        self.seconds = SECONDS

    def client(self, _service: str) -> "Sqs":
        return self

    def clock(self) -> float:
        return self.now

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self.now += self.seconds
        visible = (name for name, at in self.visible_at.items() if at <= self.now)
        found = list(islice(visible, asked["MaxNumberOfMessages"]))
        for name in found:
            self.visible_at.pop(name)
            self.visible_at[name] = self.now + asked["VisibilityTimeout"]
        return {"Messages": [message(name) for name in found]}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        (name,) = AttributeNames
        visible = sum(at <= self.now for at in self.visible_at.values())
        number = visible if name == "ApproximateNumberOfMessages" else len(self.visible_at) - visible
        return {"Attributes": {name: str(number)}}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert len(Entries) <= 10
        self.released += [entry["ReceiptHandle"] for entry in Entries]
        return {"Successful": []}

    def send_message(self, **_asked: Any) -> None:
        self.sent += 1

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803 - boto3's names
        del self.visible_at[ReceiptHandle]


def message(name: str) -> dict[str, Any]:
    texts = {"ERROR_CODE": "DOWN", "BACK_TO": URL}
    return {
        "MessageId": name,
        "ReceiptHandle": name,
        "Body": json.dumps({"detail-type": "OrderCreated", "resources": [f"o-{name}"], "detail": {}}),
        "MessageAttributes": {key: {"DataType": "String", "StringValue": text} for key, text in texts.items()},
        "Attributes": {"SentTimestamp": "1767225600000"},
    }


def queue_of(sqs: Sqs, read_for: float = READ_FOR) -> DeadLetterQueue:
    return DeadLetterQueue(cast("Target", sqs), URL, read_for, clock=sqs.clock)


def test_reading_ends_before_the_first_dead_letters_are_visible_again() -> None:
    sqs = Sqs(MANY)
    queue = queue_of(sqs)
    found = queue.dead_letters()
    assert len({dead_letter.id for dead_letter in found}) == len(found) == IN_A_READ
    assert queue.unread == MANY - IN_A_READ
    assert sqs.now <= READ_FOR + 1


def test_a_queue_that_was_read_to_its_end_has_no_unread_ones() -> None:
    queue = queue_of(Sqs(25))
    assert len(queue.dead_letters()) == 25
    assert queue.unread == 0


def test_a_longer_read_finds_all() -> None:
    queue = queue_of(Sqs(MANY), read_for=300)
    assert len(queue.dead_letters()) == MANY
    assert queue.unread == 0
    assert queue.visibility_timeout == 300 + DECIDE_FOR, "none becomes visible while others are read"


def test_long_reading_says_how_far_it_is() -> None:
    sqs, numbers = Sqs(MANY), list[int]()
    DeadLetterQueue(cast("Target", sqs), URL, clock=sqs.clock, progress=numbers.append).dead_letters()
    assert len(numbers) >= 5
    assert numbers == sorted(set(numbers))


def test_what_was_read_is_sent_back_and_the_operator_learns_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    sqs = Sqs(MANY)
    assert run(arguments(["orders"]), queue_of(sqs)) == 1
    assert sqs.sent == IN_A_READ
    lines = capsys.readouterr().out.splitlines()
    left = MANY - IN_A_READ
    assert lines[0] == f"orders: {IN_A_READ} dead letters, {IN_A_READ} of them chosen; about {left} more were not read"
    assert lines[-1] == 'there are more: run it again, or read for longer with ARGS="--read-for 600"'


LONGER = 'there are more: read for longer with ARGS="--read-for 600"'
AT_MOST = "there are more: one run cannot read more; send back or delete some first"


@pytest.mark.parametrize(
    ("options", "read_for", "limit", "advice"),
    [
        (["--dry-run"], READ_FOR, MANY, LONGER),
        (["--about", "nothing has this"], READ_FOR, MANY, LONGER),
        (["--drop", "--error", "DOWN"], READ_FOR, MANY, LONGER),  # not confirmed
        (["--dry-run"], MAX_READ_FOR, MANY, AT_MOST),
        (["--dry-run"], READ_FOR, 100, AT_MOST),
        ([], READ_FOR, 100, "there are more: run it again"),
        ([], MAX_READ_FOR, MANY, "there are more: run it again"),
    ],
)
def test_the_advice_fits_what_ended_the_read_and_what_was_sent(
    options: list[str],
    read_for: float,
    limit: int,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tools.operate.redrive.queue.MAX_READ", limit)
    sqs = Sqs(MANY)
    sqs.seconds = SECONDS * read_for / READ_FOR
    assert run(arguments(["orders", *options]), queue_of(sqs, read_for)) == 1
    assert capsys.readouterr().out.splitlines()[-1] == advice


class SlowDeletes(Sqs):
    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803 - boto3's names
        super().delete_message(QueueUrl=QueueUrl, ReceiptHandle=ReceiptHandle)
        self.now += SECONDS


def test_deleting_ends_when_the_others_became_visible() -> None:
    """Others may have handled them."""
    sqs = SlowDeletes(IN_A_READ)
    with pytest.raises(Problem, match=f"^[0-9]+ of {IN_A_READ} were deleted: .* run it again"):
        run(arguments(["orders", "--drop", "--error", "DOWN", "--yes"]), queue_of(sqs))
    deleted = IN_A_READ - len(sqs.visible_at)
    assert DECIDE_FOR / SECONDS <= deleted <= (READ_FOR + DECIDE_FOR) / SECONDS
    assert len(sqs.released) == len(sqs.visible_at)


def test_repeated_runs_send_all_back() -> None:
    sqs = Sqs(MANY)
    codes: list[int] = []
    while not codes or codes[-1]:
        codes.append(run(arguments(["orders"]), queue_of(sqs)))
        sqs.now += 1_000
    assert (codes, sqs.sent, sqs.visible_at) == ([1, 1, 1, 0], MANY, {})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--dry-run"], 1),
        (["--about", "o-00019999", "--dry-run"], 1),  # it is among those that were not read
        (["--id", "00000003"], 0),  # the one that was asked for
        (["--id", "00019999"], 1),
        (["--drop", "--id", "00000003", "--yes"], 0),
        (["--drop", "--error", "DOWN", "--yes"], 1),
    ],
)
def test_the_exit_code_says_whether_all_that_was_asked_for_is_done(options: list[str], code: int) -> None:
    assert run(arguments(["orders", *options]), queue_of(Sqs(MANY))) == code


def test_what_was_not_dealt_with_is_released_ten_at_a_time() -> None:
    sqs = Sqs(MANY)
    run(arguments(["orders", "--dry-run"]), queue_of(sqs))
    assert len(set(sqs.released)) == len(sqs.released) == IN_A_READ


def test_the_table_says_what_was_not_read() -> None:
    lines = table([Row("payment", [], unread=8_000, may_read_longer=True)], datetime.now(UTC)).splitlines()
    assert lines[1] == "payment  0                     about 8000 more were not read"
    assert lines[-1] == 'make redrive ARGS="--read-for 600" reads more of the long queues'


def test_the_table_recommends_no_longer_read_that_finds_no_more() -> None:
    rows = [Row("orders", []), Row("payment", [], unread=8_000)]
    lines = table(rows, datetime.now(UTC)).splitlines()
    assert lines[-1] == "payment: one run cannot read more; send back or delete some first"
    assert not any("--read-for" in line or line.startswith("orders:") for line in lines)


def test_the_overview_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs, lines = Sqs(MANY), list[str]()
    monkeypatch.setattr(overviews, "queue_url", lambda *_: URL)
    monkeypatch.setattr(overviews, "DeadLetterQueue", partial(DeadLetterQueue, clock=sqs.clock))
    asked = [discover()["orders"]]
    (row,) = overview(cast("Target", sqs), asked, lambda one: one.id == "00000003", tell=lines.append)
    assert (len(row.found or ()), row.unread, row.may_read_longer) == (1, MANY - IN_A_READ, True)
    assert len(sqs.released) == IN_A_READ
    assert lines[0].startswith("orders: ")


def test_a_timeline_says_that_not_all_dead_letters_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Row("orders", [], unread=8_000, may_read_longer=True), Row("payment", [])]
    monkeypatch.setattr("tools.operate.timeline.failures.overview", lambda *_, **__: rows)
    (step,) = of_dead_letters(cast("Target", None), [], "o-1")
    assert (step.service, step.kind, step.status) == ("orders", Kind.NEXT, "UNKNOWN")
    assert "about 8000 dead letters were not read" in step.what
    assert "SERVICE=orders ABOUT=o-1 DRY_RUN=1" in step.detail["next"]
    rows[0] = replace(rows[0], may_read_longer=False)
    (step,) = of_dead_letters(cast("Target", None), [], "o-1")
    assert step.detail["next"] == "one run cannot read more; send back or delete some first"


@pytest.mark.parametrize("seconds", ["0", "601", "x"])
def test_how_long_can_be_read(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["orders", "--read-for", seconds])
    assert "--read-for" in capsys.readouterr().err
