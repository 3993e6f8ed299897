"""The ledger: nothing is lost or doubled, whoever comes in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from payment_3p_service.domain import Status, cancel, capture, hold, lower, refund
from payment_3p_service.errors import Busy, KeyReused
from payment_3p_service.repository import PAGE, TRIES, Ledger, Request

TOKEN = "token"


@pytest.fixture
def held(ledger: Ledger, time: Any) -> Ledger:
    ledger.open(hold(TOKEN, "4111222233334444", 3000, time(), 30))
    return ledger


WRITES = ("put_item", "transact_write_items")


class Between:
    """A client that lets somebody else in before a write: `before` runs once, or as often as it is told."""

    def __init__(
        self, client: Any, before: Callable[[], object], times: int = 1, at: tuple[str, ...] = WRITES, skip: int = 0
    ) -> None:
        self._client = client
        self._before = before
        self._left = times
        self._at = at
        self._skip = skip

    def __getattr__(self, name: str) -> Any:
        if name in self._at and self._skip:
            self._skip -= 1
        elif name in self._at and self._left:
            self._left -= 1
            self._before()
        return getattr(self._client, name)


def meeting(held: Ledger, dynamodb: Any, time: Any, before: Callable[[], object], times: int = 1) -> Ledger:
    between: Any = Between(dynamodb, before, times)
    return Ledger(between, "Table", "KeysTable", time, lambda _: None)


def test_a_payment_is_kept_as_it_was_opened(held: Ledger, dynamodb: Any) -> None:
    payment = held.find(TOKEN)
    assert payment is not None
    assert (payment.status, payment.authorised, payment.last_four) == (Status.HELD, 3000, "4444")
    assert held.find("unknown") is None
    assert "4111" not in str(dynamodb.scan(TableName="Table")["Items"])


def test_two_updates_at_once_lose_nothing(held: Ledger, dynamodb: Any, time: Any) -> None:
    second = meeting(held, dynamodb, time, lambda: held.change(TOKEN, lower(1000)))
    assert second.change(TOKEN, lower(2000)) is False, "by then 1000 were held"
    assert authorised(held) == 1000
    third = meeting(held, dynamodb, time, lambda: held.change(TOKEN, lower(900)))
    assert third.change(TOKEN, lower(800)) is True
    assert authorised(held) == 800


def test_capture_and_cancel_at_once_are_one_of_them(held: Ledger, dynamodb: Any, time: Any) -> None:
    second = meeting(held, dynamodb, time, lambda: held.change(TOKEN, cancel()))
    assert second.change(TOKEN, capture()) is False
    payment = held.find(TOKEN)
    assert payment is not None
    assert (payment.status, payment.captured) == (Status.CANCELLED, 0)


@pytest.mark.parametrize("move", [capture(), cancel(), lower(10), lower(9000)])
def test_a_repeat_gets_the_first_answer_and_changes_nothing(held: Ledger, move: Any) -> None:
    request = Request("key", "said")
    first = held.change(TOKEN, move, request)
    payment = held.find(TOKEN)
    for later in (capture(), cancel()):
        assert held.change(TOKEN, later, request) is first
    assert held.find(TOKEN) == payment


def test_a_repeat_at_the_same_moment_gets_the_first_answer(held: Ledger, dynamodb: Any, time: Any) -> None:
    held.change(TOKEN, capture())
    request = Request("key", "said")
    second = meeting(held, dynamodb, time, lambda: held.change(TOKEN, refund(2000), request))
    assert second.change(TOKEN, refund(2000), request) is True
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.refunded == 2000


def test_a_repeat_that_finds_it_done_does_not_answer_no(held: Ledger, dynamodb: Any, time: Any) -> None:
    """The first is done after the repeat looked for its key, and before it looked at the payment."""
    request = Request("key", "said")
    between: Any = Between(dynamodb, lambda: held.change(TOKEN, capture(), request), at=("get_item",), skip=1)
    second = Ledger(between, "Table", "KeysTable", time, lambda _: None)
    assert second.change(TOKEN, capture(), request) is True
    assert held.change(TOKEN, capture(), request) is True


def test_a_no_is_remembered_too(held: Ledger) -> None:
    request = Request("key", "said")
    assert held.change(TOKEN, lower(9000), request) is False
    assert held.change("unknown", capture(), Request("other", "said")) is False
    assert held.change(TOKEN, lower(9000), request) is False


def test_a_key_belongs_to_one_request(held: Ledger) -> None:
    assert held.change(TOKEN, lower(2000), Request("key", "lower 2000"))
    with pytest.raises(KeyReused):
        held.change(TOKEN, lower(1000), Request("key", "lower 1000"))
    assert authorised(held) == 2000


def test_who_never_gets_a_turn_is_told_so_and_nothing_happened(held: Ledger, dynamodb: Any, time: Any) -> None:
    amounts = iter(range(2999, 0, -1))
    crowded = meeting(held, dynamodb, time, lambda: held.change(TOKEN, lower(next(amounts))), TRIES)
    with pytest.raises(Busy):
        crowded.change(TOKEN, capture(), Request("key", "said"))
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.status is Status.HELD
    assert held.change(TOKEN, capture(), Request("key", "said")) is True


def test_a_hold_that_is_over_is_not_captured(held: Ledger, time: Any) -> None:
    time.now += timedelta(days=30)
    assert held.change(TOKEN, capture()) is False
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.status is Status.EXPIRED


def test_holds_are_listed_to_their_end_and_nothing_else(ledger: Ledger, time: Any) -> None:
    for number in range(2 * PAGE + 5):
        ledger.open(hold(f"t{number:03}", "4111222233334444", number, time(), 30))
        time.now += timedelta(seconds=1)
    ledger.change("t000", capture())
    ledger.change("t001", cancel())
    assert listed(ledger) == [f"t{number:03}" for number in range(2, 2 * PAGE + 5)]
    assert listed(ledger, "2026-03-01T12:03:23") == ["t203", "t204"]
    time.now += timedelta(days=30, seconds=-2)  # a second has passed already since the last one was made
    assert listed(ledger) == ["t204"]
    time.now += timedelta(days=31)
    assert listed(ledger) == []


def listed(ledger: Ledger, after: str = "") -> list[str]:
    found: list[str] = []
    while True:
        page = ledger.holds(after)
        found += [payment.token for payment in page.payments]
        if page.after is None:
            return found
        after = page.after


def authorised(ledger: Ledger) -> int:
    payment = ledger.find(TOKEN)
    assert payment is not None
    return payment.authorised
