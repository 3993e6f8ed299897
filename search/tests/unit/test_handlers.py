"""From messages to calls and records."""

import json
from typing import Any

import pytest

import search_service
from ecom.errors import InvalidEvent, Poison, TryAgain
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.examples import example, refused
from ecom_testkit.lambda_events import LambdaContext, queue_record
from ecom_testkit.lambda_events import records as batch
from ecom_testkit.queue_spy import QueueSpy
from search_service import bootstrap
from search_service.consumed_events import READERS
from search_service.domain import Occurrence
from search_service.handlers import on_event
from search_service.repository import Records

EVENT = next(iter(READERS))


class PartnerInMemory:
    """Each key has one effect. Tests put errors into `before` and `after`, which the next calls raise before or after
    their effect."""

    def __init__(self) -> None:
        self.done: dict[str, Occurrence] = {}
        self.calls: list[str] = []
        self.before: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}

    def call(self, occurrence: Occurrence, key: str) -> None:
        self.calls.append(key)
        if self.before.get(key):
            raise self.before[key].pop(0)
        self.done.setdefault(key, occurrence)
        if self.after.get(key):
            raise self.after[key].pop(0)


class Scene:
    """The function, with fakes."""

    def __init__(self, records: Records, dead_letters: DeadLetterSpy) -> None:
        self.records, self.dead_letters = records, dead_letters
        self.partner, self.queue = PartnerInMemory(), QueueSpy()

    def handle(self, *bodies: Any, received: int = 1) -> list[str]:
        """Deliver messages. Return the ids of those that are retried later."""
        each = [queue_record(body, number=number, received=received) for number, body in enumerate(bodies)]
        failures = on_event.handler(batch(*each), LambdaContext())["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in failures]

    def counts(self, subject: str = "subject-1") -> dict[str, int]:
        record = self.records.get(subject)
        return dict(record.counts) if record else {}


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, in_memory: Records, dead_letters: DeadLetterSpy) -> Scene:
    made = Scene(in_memory, dead_letters)
    runtime = Runtime(search_service.__file__, queue=made.queue, dead_letters=made.dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "records", lambda: made.records)
    monkeypatch.setattr(bootstrap, "partner", lambda: made.partner)
    return made


@pytest.mark.parametrize("detail_type", READERS)
def test_an_event_calls_the_partner_and_is_recorded_once(scene: Scene, detail_type: str) -> None:
    event = example(detail_type, "subject-1")
    assert scene.handle(event, event) == []
    assert scene.handle(event) == []
    assert scene.partner.calls == ["event-1"]
    assert scene.partner.done == {"event-1": Occurrence(detail_type, "subject-1")}
    assert scene.counts() == {detail_type: 1}
    assert scene.dead_letters.messages == []


def test_each_event_has_an_idempotency_key_of_its_own(scene: Scene) -> None:
    assert scene.handle(*(example(EVENT, "subject-1", event_id) for event_id in ("event-1", "event-2"))) == []
    assert list(scene.partner.done) == ["event-1", "event-2"]
    assert scene.counts() == {EVENT: 2}


@pytest.mark.parametrize("failure", [TryAgain("not now"), RuntimeError("a bug")])
def test_only_a_failed_call_is_retried_and_has_one_effect(scene: Scene, failure: Exception) -> None:
    """Each wait is longer than the one before. An event is recorded after its call only."""
    scene.partner.before["event-1"] = [failure, failure]
    event, other = example(EVENT, "subject-1"), example(EVENT, "subject-2", "event-2")
    assert scene.handle(event, other) == ["message-0"]
    assert scene.handle(event, received=2) == ["message-0"]
    assert (scene.counts("subject-1"), scene.counts("subject-2")) == ({}, {EVENT: 1})
    assert scene.handle(event, received=3) == []
    assert scene.partner.calls == ["event-1", "event-2", "event-1", "event-1"]
    assert (scene.counts(), scene.queue.waits, scene.dead_letters.messages) == ({EVENT: 1}, [5, 10], [])


def test_a_call_whose_answer_was_lost_is_repeated_with_the_same_key(scene: Scene) -> None:
    scene.partner.after["event-1"] = [TryAgain("no answer after the effect")]
    event = example(EVENT, "subject-1")
    assert scene.handle(event) == ["message-0"]
    assert scene.handle(event, received=2) == []
    assert scene.partner.calls == ["event-1", "event-1"]
    assert (len(scene.partner.done), scene.counts()) == (1, {EVENT: 1})


def test_a_failed_write_after_the_call_has_no_second_effect(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next delivery repeats the call with the same key."""

    def unavailable(*_: object) -> None:
        raise TryAgain("the table is unavailable")

    event = example(EVENT, "subject-1")
    with monkeypatch.context() as patched:
        patched.setattr(scene.records, "add", unavailable)
        assert scene.handle(event) == ["message-0"]
    assert scene.handle(event, received=2) == []
    assert (len(scene.partner.done), scene.counts()) == (1, {EVENT: 1})


def test_a_refusal_of_the_partner_is_a_dead_letter_with_its_reason(scene: Scene) -> None:
    scene.partner.before["event-1"] = [Poison("unknown customer")]
    assert scene.handle(example(EVENT, "subject-1")) == []
    ((_, error),) = scene.dead_letters.messages
    assert (error.message, scene.dead_letters.back_to) == ("unknown customer", [scene.queue.url])
    assert scene.counts() == {}


@pytest.mark.parametrize(
    "body",
    [
        "no event",
        json.dumps(["no event"]),
        example(EVENT, "x" * 3000),
        example(EVENT, "subject-1", "x" * 3000),
        *(refused(detail_type, "subject-1") for detail_type in READERS),
    ],
)
def test_an_invalid_event_is_a_dead_letter_with_the_reason_and_calls_nothing(scene: Scene, body: Any) -> None:
    assert scene.handle(body) == []
    ((received, error),) = scene.dead_letters.messages
    assert isinstance(error, InvalidEvent)
    assert error.message
    assert received == (body if isinstance(body, str) else json.dumps(body))
    assert (scene.dead_letters.back_to, scene.partner.calls, scene.counts()) == ([scene.queue.url], [], {})


def test_an_event_without_a_reader_is_a_dead_letter(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_event, "READERS", {})
    assert scene.handle(example(EVENT, "subject-1")) == []
    assert [error.type for _, error in scene.dead_letters.messages] == ["DEAD_LETTER"]
    assert scene.partner.calls == []
