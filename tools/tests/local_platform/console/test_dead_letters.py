"""What the console does with dead letters. The library that it uses has its own tests (tools/tests/operate)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console.dead_letters import Unmended, _document, _each, is_mendable, mended
from tools.local_platform.console.documents import Outcome
from tools.operate.redrive.dead_letter import DeadLetter, Destination, FromBucket, FromStream, ToFunction
from tools.operate.redrive.queue import DeadLetterQueue
from tools.tests.local.http import call
from tools.tests.local_platform.console.test_catalogue import example


def dead_letter(name: str) -> DeadLetter:
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    return DeadLetter(name, f"receipt {name}", "CODE", "reason", "{}", ToFunction("f"), sent, 3)


class Queue:
    def __init__(self) -> None:
        self.released: list[str] = []

    def release(self, one: DeadLetter) -> None:
        self.released.append(one.id)


def deal(outcomes: Sequence[str], wanted: str = "") -> tuple[list[Outcome], list[str]]:
    """Three dead letters with these outcomes. Returns what the operator sees, and those that are visible again."""
    queue, left = Queue(), iter(outcomes)
    dead_letters = [dead_letter(name) for name in "abc"]
    seen = _each(cast(DeadLetterQueue, queue), dead_letters, wanted, lambda _: next(left))
    return seen, queue.released


def test_all_of_a_service() -> None:
    seen, released = deal(["sent back", "kept: why", "sent back"])
    assert [each["outcome"] for each in seen] == ["sent back", "kept: why", "sent back"]
    assert released == ["b"]


def test_one_of_them() -> None:
    seen, released = deal(["dropped"], "b")
    assert seen == [{"id": "b", "outcome": "dropped"}]
    assert released == ["a", "c"]


def test_one_that_is_not_there_any_more() -> None:
    assert deal([], "x") == ([], ["a", "b", "c"])


def test_a_failure_releases_what_was_not_dealt_with() -> None:
    queue = Queue()

    def act(one: DeadLetter) -> str:
        if one.id == "b":
            raise RuntimeError("broken")
        return "sent back"

    with pytest.raises(RuntimeError, match="broken"):
        _each(cast(DeadLetterQueue, queue), [dead_letter(name) for name in "abc"], "", act)
    assert queue.released == ["b", "c"]


def test_a_document_has_what_the_page_shows() -> None:
    assert _document(dead_letter("a")) == {
        "id": "a",
        "about": "a message",
        "code": "CODE",
        "reason": "reason",
        "backTo": "function f",
        "sentAt": "2026-01-01T00:00:00.000Z",
        "attempts": 3,
        "payload": "{}",
        "mendable": False,
    }


def of_event(**change: object) -> DeadLetter:
    event = {**example(), **change}
    return replace(dead_letter("a"), payload=json.dumps(event))


def test_a_payload_that_does_not_fit_is_mended() -> None:
    broken = of_event(detail={})
    assert is_mendable(broken)
    found = mended(broken, json.dumps(example(), indent=2))
    assert (json.loads(found.payload), found.back_to) == (example(), broken.back_to)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("{", "the payload is not JSON"),
        ("[" * 100_000, "the payload is not JSON"),
        ("[]", "the payload must be a JSON object"),
        (json.dumps({**example(), "id": "other"}), "id must stay 3b7c1d52-7f58-4d2c-8d0e-0d4b8a1f9e11"),
        (json.dumps({**example(), "detail-type": "OrderDeleted"}), "detail-type must stay OrderCreated"),
        (json.dumps({**example(), "detail": {"total": 1}}), "OrderCreated: "),
    ],
)
def test_a_payload_that_is_not_sent_back(payload: str, reason: str) -> None:
    with pytest.raises(Unmended, match=f"^{reason}"):
        mended(of_event(), payload)


@pytest.mark.parametrize("back_to", [None, FromBucket("b", "k"), FromStream("f", "s", "1", "1", "2")])
def test_records_of_a_stream_are_not_mended(back_to: Destination | None) -> None:
    one = replace(of_event(), back_to=back_to)
    assert not is_mendable(one)
    with pytest.raises(Unmended, match="only the payload of an event"):
        mended(one, one.payload)


def test_services_that_are_not_deployed_are_left_out(cloud: Cloud) -> None:
    assert call(f"{cloud.endpoint}{API}/dead-letters").json == {"services": []}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 9_999,
        b"{}",
        b'{"action": "delete"}',
        b'{"action": "drop"}',
        b'{"action": "drop", "id": ""}',
        b'{"action": "drop", "id": 1}',
        b'{"action": "redrive", "all": true}',
        b'{"action": "redrive", "payload": "{}"}',
        b'{"action": "drop", "id": "1", "payload": "{}"}',
        b'{"action": "redrive", "id": "1", "payload": {}}',
        b'{"action": ["redrive"]}',
        b'{"action": "redrive", "id": "' + b"x" * 20_000 + b'"}',
    ],
)
def test_a_request_that_is_refused(cloud: Cloud, body: bytes) -> None:
    assert call(f"{cloud.endpoint}{API}/dead-letters/orders", "POST", body).status == 400


@pytest.mark.parametrize(
    ("service", "status"), [("nothing", 404), ("orders", 503), ("delivery-pricing", 503), ("", 405)]
)
def test_a_service_without_dead_letters(cloud: Cloud, service: str, status: int) -> None:
    assert call(f"{cloud.endpoint}{API}/dead-letters/{service}", "POST", b'{"action": "redrive"}').status == status
