"""The changes of a payment: none creates money, and none reverts a final status."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_3p_service.domain import Change, Payment, Status, as_of, cancel, capture, covers, hold, lower, refund

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARD = "4111222233334444"


def held(amount: int = 3000) -> Payment:
    return hold("token", CARD, amount, NOON, 30)


def after(payment: Payment, *changes: Change) -> Payment:
    for change in changes:
        changed = change(payment)
        assert changed is not None
        payment = changed
    return payment


def test_a_hold_stores_four_digits_of_the_card() -> None:
    assert held().last_four == "4444"
    assert CARD not in repr(held())


def test_the_whole_hold_is_captured_once() -> None:
    captured = after(held(), lower(2000), capture)
    assert (captured.status, captured.authorised, captured.captured) == (Status.CAPTURED, 2000, 2000)
    assert [change(captured) for change in (capture, cancel, lower(1))] == [None, None, None]


def test_a_cancelled_hold_stays_cancelled() -> None:
    cancelled = after(held(), cancel)
    assert cancelled.status is Status.CANCELLED
    assert [change(cancelled) for change in (capture, cancel, lower(1), refund(0))] == [None] * 4


def test_a_hold_is_only_lowered() -> None:
    assert after(held(), lower(3000)).authorised == 3000
    assert lower(3001)(held()) is None
    assert lower(2000)(after(held(), lower(1999))) is None


def test_refunds_are_at_most_the_captured_amount() -> None:
    assert refund(1)(held()) is None
    partly = after(held(), capture, refund(1000), refund(1500))
    assert (partly.captured, partly.refunded) == (3000, 2500)
    assert refund(501)(partly) is None
    assert after(partly, refund(500)).refunded == 3000


def test_a_hold_expires_by_the_clock() -> None:
    end = NOON + timedelta(days=30)
    assert as_of(held(), end - timedelta(milliseconds=1)).status is Status.HELD
    expired = as_of(held(), end)
    assert expired.status is Status.EXPIRED
    assert [change(expired) for change in (capture, cancel, lower(1), refund(0))] == [None] * 4
    assert as_of(after(held(), capture), end).status is Status.CAPTURED


@pytest.mark.parametrize(("amount", "ok"), [(0, True), (3000, True), (3001, False)])
def test_the_amounts_that_a_hold_covers(amount: int, ok: bool) -> None:
    assert covers(held(), amount) is ok
    assert not covers(after(held(), capture), amount)
    assert not covers(as_of(held(), NOON + timedelta(days=31)), amount)


amounts = st.integers(0, 5000)
changes = st.one_of(st.just(capture), st.just(cancel), st.builds(lower, amounts), st.builds(refund, amounts))


@given(amounts, st.lists(changes, max_size=12))
def test_any_sequence_of_changes_keeps_the_amounts_consistent(amount: int, attempted: list[Change]) -> None:
    payment = held(amount)
    for change in attempted:
        changed = change(payment) or payment
        assert 0 <= changed.refunded <= changed.captured <= changed.authorised <= amount
        assert changed.captured in (0, changed.authorised)
        assert payment.status in (Status.HELD, changed.status)
        assert changed.authorised <= payment.authorised
        assert changed.refunded >= payment.refunded
        payment = changed
