"""What the console does with dead letters. The library that it uses has its own tests (tools/tests/operate)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import pytest

from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console.dead_letters import _document, _each
from tools.operate.redrive.dead_letter import DeadLetter, ToFunction
from tools.operate.redrive.queue import DeadLetterQueue
from tools.tests.local.http import call


def dead_letter(name: str) -> DeadLetter:
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    return DeadLetter(name, f"receipt {name}", "CODE", "reason", "{}", ToFunction("f"), sent, 3)


class Queue:
    def __init__(self) -> None:
        self.released: list[str] = []

    def release(self, one: DeadLetter) -> None:
        self.released.append(one.id)


def deal(outcomes: Sequence[str], wanted: str = "") -> tuple[list[dict[str, str]], list[str]]:
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
    }


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
