"""The ledger: concurrent changes are neither lost nor made twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from payment_3p_service.domain import Status, cancel, capture, hold, lower, refund
from payment_3p_service.errors import Busy, KeyReused
from payment_3p_service.repository import MAX_ATTEMPTS, PAGE, Ledger, Request

TOKEN = "token"


@pytest.fixture
def held(ledger: Ledger, time: Any) -> Ledger:
    ledger.open(hold(TOKEN, "4111222233334444", 3000, time(), 30))
    return ledger


WRITES = ("put_item", "transact_write_items")


class Between:
    """A client that makes a concurrent change: `before` runs before the first `times` calls, after `skip` of them."""

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


def conflicting(held: Ledger, dynamodb: Any, time: Any, before: Callable[[], object], times: int = 1) -> Ledger:
    between: Any = Between(dynamodb, before, times)
    return Ledger(between, "Table", "KeysTable", time, lambda _: None)


def test_a_payment_is_stored_without_its_card_number(held: Ledger, dynamodb: Any) -> None:
    payment = held.find(TOKEN)
    assert payment is not None
    assert (payment.status, payment.authorised, payment.last_four) == (Status.HELD, 3000, "4444")
    assert held.find("unknown") is None
    assert "4111" not in str(dynamodb.scan(TableName="Table")["Items"])


def test_a_hold_whose_answer_was_lost_is_made_once(held: Ledger, dynamodb: Any, time: Any) -> None:
    """The SDK sends a request again when the answer is late, and DynamoDB finds the item of the first."""
    payment = hold("again", "4111222233334444", 3000, time(), 30)
    repeated = conflicting(held, dynamodb, time, lambda: held.open(payment))
    repeated.open(payment)
    assert held.find("again") == payment
    with pytest.raises(Busy):
        held.open(hold("again", "4111222233334444", 2999, time(), 30))
    assert held.find("again") == payment


def test_concurrent_updates_lose_nothing(held: Ledger, dynamodb: Any, time: Any) -> None:
    second = conflicting(held, dynamodb, time, lambda: held.change(TOKEN, lower(1000)))
    assert second.change(TOKEN, lower(2000)) is False, "only 1000 are held by then"
    assert authorised(held) == 1000
    third = conflicting(held, dynamodb, time, lambda: held.change(TOKEN, lower(900)))
    assert third.change(TOKEN, lower(800)) is True
    assert authorised(held) == 800


def test_of_a_concurrent_capture_and_cancellation_one_takes_effect(held: Ledger, dynamodb: Any, time: Any) -> None:
    second = conflicting(held, dynamodb, time, lambda: held.change(TOKEN, cancel))
    assert second.change(TOKEN, capture) is False
    payment = held.find(TOKEN)
    assert payment is not None
    assert (payment.status, payment.captured) == (Status.CANCELLED, 0)


@pytest.mark.parametrize("change", [capture, cancel, lower(10), lower(9000)])
def test_a_repeat_gets_the_first_answer_and_changes_nothing(held: Ledger, change: Any) -> None:
    request = Request("key", "capture")
    first = held.change(TOKEN, change, request)
    payment = held.find(TOKEN)
    for later in (capture, cancel):
        assert held.change(TOKEN, later, request) is first
    assert held.find(TOKEN) == payment


def test_a_concurrent_repeat_gets_the_first_answer(held: Ledger, dynamodb: Any, time: Any) -> None:
    held.change(TOKEN, capture)
    request = Request("key", "capture")
    second = conflicting(held, dynamodb, time, lambda: held.change(TOKEN, refund(2000), request))
    assert second.change(TOKEN, refund(2000), request) is True
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.refunded == 2000


def test_a_repeat_that_reads_the_changed_payment_gets_the_first_answer(held: Ledger, dynamodb: Any, time: Any) -> None:
    """The first request writes between the two reads of the repeat: of the key, and of the payment."""
    request = Request("key", "capture")
    between: Any = Between(dynamodb, lambda: held.change(TOKEN, capture, request), at=("get_item",), skip=1)
    second = Ledger(between, "Table", "KeysTable", time, lambda _: None)
    assert second.change(TOKEN, capture, request) is True
    assert held.change(TOKEN, capture, request) is True


def test_a_refusal_is_stored_too(held: Ledger) -> None:
    request = Request("key", "capture")
    assert held.change(TOKEN, lower(9000), request) is False
    assert held.change("unknown", capture, Request("other", "capture")) is False
    assert held.change(TOKEN, lower(9000), request) is False


def test_a_key_belongs_to_one_request(held: Ledger) -> None:
    assert held.change(TOKEN, lower(2000), Request("key", "lower 2000"))
    with pytest.raises(KeyReused):
        held.change(TOKEN, lower(1000), Request("key", "lower 1000"))
    assert authorised(held) == 2000


def test_a_change_that_always_conflicts_is_busy_and_has_no_effect(held: Ledger, dynamodb: Any, time: Any) -> None:
    amounts = iter(range(2999, 0, -1))
    crowded = conflicting(held, dynamodb, time, lambda: held.change(TOKEN, lower(next(amounts))), MAX_ATTEMPTS)
    with pytest.raises(Busy):
        crowded.change(TOKEN, capture, Request("key", "capture"))
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.status is Status.HELD
    assert held.change(TOKEN, capture, Request("key", "capture")) is True


def test_an_expired_hold_is_not_captured(held: Ledger, time: Any) -> None:
    time.now += timedelta(days=30)
    assert held.change(TOKEN, capture) is False
    payment = held.find(TOKEN)
    assert payment is not None
    assert payment.status is Status.EXPIRED


def test_all_holds_are_listed_and_nothing_else(ledger: Ledger, time: Any) -> None:
    for number in range(2 * PAGE + 5):
        ledger.open(hold(f"t{number:03}", "4111222233334444", number, time(), 30))
        time.now += timedelta(seconds=1)
    ledger.change("t000", capture)
    ledger.change("t001", cancel)
    assert all_holds(ledger) == [f"t{number:03}" for number in range(2, 2 * PAGE + 5)]
    assert all_holds(ledger, "2026-03-01T12:03:23") == ["t203", "t204"]
    time.now += timedelta(days=30, seconds=-2)  # one second has passed since the last hold
    assert all_holds(ledger) == ["t204"]
    time.now += timedelta(days=31)
    assert all_holds(ledger) == []


def all_holds(ledger: Ledger, after: str = "") -> list[str]:
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


class Spy:
    """A client that records its requests."""

    def __init__(self, client: Any) -> None:
        self._client, self.requests = client, list[tuple[str, dict[str, Any]]]()

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.requests.append((name, request))
            return getattr(self._client, name)(**request)

        return call


def test_every_read_is_consistent(held: Ledger, dynamodb: Any, time: Any) -> None:
    """moto and the local cloud always read consistently; only the request shows the difference."""
    spy: Any = Spy(dynamodb)
    ledger = Ledger(spy, "Table", "KeysTable", time, lambda _: None)
    ledger.find(TOKEN)
    ledger.change(TOKEN, capture, Request("key", "capture"))
    assert [name for name, _ in spy.requests] == ["get_item", "get_item", "get_item", "transact_write_items"]
    assert all(request["ConsistentRead"] is True for name, request in spy.requests if name == "get_item")


def test_a_key_is_kept_for_90_days(held: Ledger, dynamodb: Any, time: Any) -> None:
    """The contract of Idempotency-Key: a late retry must not capture again."""
    held.change(TOKEN, capture, Request("key", "capture"))
    item = dynamodb.get_item(TableName="KeysTable", Key={"idempotencyKey": "key"})["Item"]
    assert int(item["forgetAt"]) == (time() + timedelta(days=90)).timestamp()
