"""What may happen to a payment: no move makes money, and none brings a payment back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_3p_service.domain import Move, Payment, Status, as_of, cancel, capture, covers, hold, lower, refund

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARD = "4111222233334444"


def held(amount: int = 3000) -> Payment:
    return hold("token", CARD, amount, NOON, 30)


def after(payment: Payment, *moves: Move) -> Payment:
    for move in moves:
        moved = move(payment)
        assert moved is not None
        payment = moved
    return payment


def test_a_hold_keeps_four_digits_of_the_card() -> None:
    assert held().last_four == "4444"
    assert CARD not in repr(held())


def test_all_that_is_held_is_captured_once() -> None:
    captured = after(held(), lower(2000), capture())
    assert (captured.status, captured.authorised, captured.captured) == (Status.CAPTURED, 2000, 2000)
    assert [move(captured) for move in (capture(), cancel(), lower(1))] == [None, None, None]


def test_what_is_cancelled_stays_so() -> None:
    cancelled = after(held(), cancel())
    assert cancelled.status is Status.CANCELLED
    assert [move(cancelled) for move in (capture(), cancel(), lower(1), refund(0))] == [None] * 4


def test_a_hold_goes_down_only() -> None:
    assert after(held(), lower(3000)).authorised == 3000
    assert lower(3001)(held()) is None
    assert lower(2000)(after(held(), lower(1999))) is None


def test_refunds_are_at_most_what_was_captured() -> None:
    assert refund(1)(held()) is None
    partly = after(held(), capture(), refund(1000), refund(1500))
    assert (partly.captured, partly.refunded) == (3000, 2500)
    assert refund(501)(partly) is None
    assert after(partly, refund(500)).refunded == 3000


def test_a_hold_expires_by_the_clock() -> None:
    end = NOON + timedelta(days=30)
    assert as_of(held(), end - timedelta(milliseconds=1)).status is Status.HELD
    expired = as_of(held(), end)
    assert expired.status is Status.EXPIRED
    assert [move(expired) for move in (capture(), cancel(), lower(1), refund(0))] == [None] * 4
    assert as_of(after(held(), capture()), end).status is Status.CAPTURED


@pytest.mark.parametrize(("amount", "ok"), [(0, True), (3000, True), (3001, False)])
def test_what_a_hold_covers(amount: int, ok: bool) -> None:
    assert covers(held(), amount) is ok
    assert not covers(after(held(), capture()), amount)
    assert not covers(as_of(held(), NOON + timedelta(days=31)), amount)


amounts = st.integers(0, 5000)
moves = st.one_of(st.builds(capture), st.builds(cancel), st.builds(lower, amounts), st.builds(refund, amounts))


@given(amounts, st.lists(moves, max_size=12))
def test_whatever_is_tried_money_adds_up(amount: int, tried: list[Move]) -> None:
    payment = held(amount)
    for move in tried:
        moved = move(payment) or payment
        assert 0 <= moved.refunded <= moved.captured <= moved.authorised <= amount
        assert moved.captured in (0, moved.authorised)
        assert payment.status in (Status.HELD, moved.status)
        assert moved.authorised <= payment.authorised
        assert moved.refunded >= payment.refunded
        payment = moved
