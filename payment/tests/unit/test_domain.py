"""The calls to the provider that follow from an order's progress."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service.domain import (
    DELIVERED,
    ENDED,
    Action,
    Call,
    LedgerEntry,
    LedgerStatus,
    OrderProgress,
    OrderSnapshot,
    Outcome,
    Payment,
    Result,
    Status,
    after_call,
    outcome_from_ledger,
    with_progress,
)

NEW = OrderProgress(snapshot=OrderSnapshot(3000, None, False, 1))
FINAL = OrderProgress(snapshot=OrderSnapshot(2500, "2026-03-01T10:00:00.000Z", True, 2))
REVISED = OrderProgress(snapshot=OrderSnapshot(2900, None, True, 2))
PAYMENT = Payment("order", "token")


def known(*events: OrderProgress) -> Payment:
    payment = PAYMENT
    for progress in events:
        payment = with_progress(payment, progress)
    return payment


def under_way(payment: Payment) -> Call:
    assert payment.call is not None
    return payment.call


def after(payment: Payment, result: Result, amount: int | None = None) -> Payment:
    return after_call(payment, under_way(payment), Outcome(result, amount))


class TestNextCall:
    def test_no_call_before_the_total_is_final(self) -> None:
        assert known(NEW).call is None
        assert known(NEW, DELIVERED).call is None, "delivered, but the final snapshot is still to come"

    def test_a_packaged_order_lowers_its_hold(self) -> None:
        payment = known(NEW, FINAL)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2500)
        assert after(payment, Result.LOWERED, 2500).call is None

    def test_a_lower_total_before_packaging_lowers_the_hold_and_captures_nothing(self) -> None:
        payment = known(NEW, DELIVERED, REVISED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2900)
        lowered = after(payment, Result.LOWERED, 2900)
        assert lowered.call is None
        assert under_way(with_progress(lowered, FINAL)).amount == 2500

    def test_a_declined_total_is_no_failure_before_it_is_final(self) -> None:
        payment = after(known(NEW, REVISED), Result.DECLINED, 2000)
        assert (payment.status, payment.call) == (Status.HELD, None)
        assert with_progress(payment, REVISED) == payment
        final = with_progress(payment, OrderProgress(snapshot=OrderSnapshot(2900, "2026-03-01", True, 3)))
        assert under_way(final) == under_way(known(NEW, REVISED)), (
            "the same call with the same key; now its outcome counts"
        )
        assert after(final, Result.DECLINED, 2000).status is Status.FAILED

    def test_the_hold_is_lowered_before_the_capture(self) -> None:
        payment = known(NEW, DELIVERED, FINAL)
        assert under_way(payment).action is Action.LOWER
        lowered = after(payment, Result.LOWERED, 2500)
        assert (under_way(lowered).action, under_way(lowered).amount) == (Action.CAPTURE, 2500)
        captured = after(lowered, Result.CAPTURED, 2500)
        assert (captured.status, captured.amount, captured.call) == (Status.CAPTURED, 2500, None)

    def test_a_row_written_manually_is_captured_on_delivery_alone(self) -> None:
        payment = known(DELIVERED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.CAPTURE, None)
        assert after(payment, Result.CAPTURED, 1234).amount == 1234

    def test_a_row_written_manually_with_a_total_is_lowered_to_it_first(self) -> None:
        payment = with_progress(replace(PAYMENT, total=2000), DELIVERED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2000)

    @pytest.mark.parametrize(
        ("under_way_payment", "later"),
        [
            (known(NEW, FINAL), ENDED),
            (known(NEW, ENDED), FINAL.merged(DELIVERED)),
            (known(DELIVERED), ENDED),
            (after(known(FINAL, DELIVERED), Result.LOWERED, 2500), ENDED),
        ],
    )
    def test_one_call_at_a_time(self, under_way_payment: Payment, later: OrderProgress) -> None:
        """The next call depends on the outcome of the one under way."""
        assert with_progress(under_way_payment, later).call == under_way(under_way_payment)

    def test_an_order_that_ends_during_a_lowering_is_voided_after_it(self) -> None:
        lowered = after(known(NEW, FINAL, ENDED), Result.LOWERED, 2500)
        assert under_way(lowered).action is Action.VOID

    @pytest.mark.parametrize("events", [(NEW, ENDED), (ENDED,), (NEW, ENDED, FINAL), (NEW, ENDED, DELIVERED)])
    def test_the_hold_of_an_order_that_ended_is_voided(self, events: tuple[OrderProgress, ...]) -> None:
        payment = known(*events)
        assert under_way(payment).action is Action.VOID
        assert after(payment, Result.RELEASED).status is Status.VOIDED

    def test_a_delivered_order_is_captured_even_when_it_was_deleted(self) -> None:
        payment = with_progress(PAYMENT, FINAL.merged(DELIVERED).merged(ENDED))
        assert under_way(after(payment, Result.LOWERED, 2500)).action is Action.CAPTURE

    @pytest.mark.parametrize("status", [Status.CAPTURED, Status.VOIDED, Status.FAILED])
    def test_a_final_status_never_changes(self, status: Status) -> None:
        payment = replace(PAYMENT, status=status, amount=1)
        for progress in (NEW, FINAL, DELIVERED, ENDED):
            assert with_progress(payment, progress) is payment
        call = Call(Action.CAPTURE, 1, "key")
        assert after_call(payment, call, Outcome(Result.CAPTURED, 1)) is payment

    def test_the_outcome_of_a_call_counts_once(self) -> None:
        payment = known(NEW, FINAL)
        call = under_way(payment)
        lowered = after(payment, Result.LOWERED, 2500)
        assert after_call(lowered, call, Outcome(Result.DECLINED, 0)) is lowered

    @pytest.mark.parametrize(
        ("result", "events"),
        [(Result.DECLINED, (FINAL,)), (Result.DECLINED, (DELIVERED,)), (Result.DECLINED, (ENDED,)),
         (Result.RELEASED, (FINAL,)), (Result.RELEASED, (DELIVERED,))],
    )  # fmt: skip
    def test_declined_is_final(self, result: Result, events: tuple[OrderProgress, ...]) -> None:
        failed = after(known(*events), result, 7)
        assert (failed.status, failed.call) == (Status.FAILED, None)
        assert failed.amount is not None

    def test_a_void_after_the_capture_becomes_captured(self) -> None:
        payment = after(known(NEW, ENDED), Result.CAPTURED, 3000)
        assert (payment.status, payment.amount) == (Status.CAPTURED, 3000)


class TestKeys:
    def test_the_same_order_action_and_amount_have_the_same_key(self) -> None:
        assert under_way(known(NEW, FINAL)) == under_way(known(FINAL, NEW))

    def test_any_other_call_has_another_key(self) -> None:
        calls = [
            known(FINAL),
            after(known(FINAL, DELIVERED), Result.LOWERED, 2500),
            known(ENDED),
            known(OrderProgress(snapshot=OrderSnapshot(2400, "x"))),
            with_progress(replace(PAYMENT, order_id="other"), FINAL),
            with_progress(replace(PAYMENT, token="other"), FINAL),
        ]
        assert len({under_way(payment).key for payment in calls}) == len(calls)


class TestOutcomeFromLedger:
    """The outcome of a call that the provider declined."""

    @pytest.mark.parametrize("action", list(Action))
    def test_a_captured_entry_is_a_capture(self, action: Action) -> None:
        outcome = outcome_from_ledger(Call(action, 5, "key"), LedgerEntry(LedgerStatus.CAPTURED, 5, 5))
        assert outcome == Outcome(Result.CAPTURED, 5)

    @pytest.mark.parametrize(
        "entry", [None, LedgerEntry(LedgerStatus.CANCELLED, 5, 0), LedgerEntry(LedgerStatus.EXPIRED, 5, 0)]
    )
    def test_without_a_hold_the_outcome_is_released(self, entry: LedgerEntry | None) -> None:
        assert outcome_from_ledger(Call(Action.VOID, None, "key"), entry).result is Result.RELEASED

    def test_a_hold_that_has_the_lower_amount_already_is_lowered(self) -> None:
        assert outcome_from_ledger(Call(Action.LOWER, 5, "key"), LedgerEntry(LedgerStatus.HELD, 5, 0)) == Outcome(
            Result.LOWERED, 5
        )

    @pytest.mark.parametrize("action", list(Action))
    def test_a_refusal_although_the_hold_exists_is_declined(self, action: Action) -> None:
        assert (
            outcome_from_ledger(Call(action, 5, "key"), LedgerEntry(LedgerStatus.HELD, 4, 0)).result is Result.DECLINED
        )


snapshots = st.builds(
    OrderSnapshot,
    total=st.none() | st.integers(0, 5),
    packaged_date=st.none() | st.sampled_from(["2026-03-01", "2026-03-02"]),
    revised=st.booleans(),
    sequence=st.none() | st.integers(1, 4),
    modified_date=st.none() | st.sampled_from(["2026-03-01", "2026-03-02"]),
)
progress = st.builds(
    OrderProgress,
    token=st.just("token"),
    snapshot=st.none() | snapshots,
    delivered=st.booleans(),
    ended=st.booleans(),
    currency=st.none() | st.just("EUR"),
)


@given(progress, progress, progress)
def test_progress_merges_in_any_order_and_a_repeat_changes_nothing(
    one: OrderProgress, two: OrderProgress, three: OrderProgress
) -> None:
    assert one.merged(two) == two.merged(one)
    assert one.merged(two).merged(three) == one.merged(two.merged(three))
    assert one.merged(one) == one
    assert one.merged(two).merged(one) == one.merged(two)
