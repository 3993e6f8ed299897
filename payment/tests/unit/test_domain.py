"""What the facts of an order demand of the provider."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service.domain import (
    DELIVERED,
    ENDED,
    Action,
    Books,
    Call,
    Facts,
    Held,
    Image,
    Outcome,
    Payment,
    Result,
    Status,
    facts_of_order,
    noted,
    settled,
    told_by,
)

NEW = Facts(image=Image(3000, None, False, 1))
FINAL = Facts(image=Image(2500, "2026-03-01T10:00:00.000Z", True, 2))
REVISED = Facts(image=Image(2900, None, True, 2))
PAYMENT = Payment("order", "token")


def known(*facts: Facts) -> Payment:
    payment = PAYMENT
    for fact in facts:
        payment = noted(payment, fact)
    return payment


def under_way(payment: Payment) -> Call:
    assert payment.call is not None
    return payment.call


def after(payment: Payment, result: Result, amount: int | None = None) -> Payment:
    return settled(payment, under_way(payment), Outcome(result, amount))


class TestWhatIsDone:
    def test_nothing_while_the_order_is_on_its_way(self) -> None:
        assert known(NEW).call is None
        assert known(NEW, DELIVERED).call is None, "the total is not final: its image is still to come"

    def test_a_packaged_order_lowers_its_hold(self) -> None:
        payment = known(NEW, FINAL)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2500)
        assert after(payment, Result.LOWERED, 2500).call is None

    def test_a_total_that_fell_on_the_way_lowers_the_hold_and_captures_nothing(self) -> None:
        payment = known(NEW, DELIVERED, REVISED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2900)
        lowered = after(payment, Result.LOWERED, 2900)
        assert lowered.call is None
        assert under_way(noted(lowered, FINAL)).amount == 2500

    def test_a_total_that_is_not_held_is_no_failure_before_it_is_final(self) -> None:
        payment = after(known(NEW, REVISED), Result.DECLINED, 2000)
        assert (payment.status, payment.call) == (Status.HELD, None)
        assert noted(payment, REVISED) == payment
        final = noted(payment, Facts(image=Image(2900, "2026-03-01", True, 3)))
        assert under_way(final) == under_way(known(NEW, REVISED)), "the same question, and this time it counts"
        assert after(final, Result.DECLINED, 2000).status is Status.FAILED

    def test_a_capture_never_overtakes_the_lowering(self) -> None:
        payment = known(NEW, DELIVERED, FINAL)
        assert under_way(payment).action is Action.LOWER
        lowered = after(payment, Result.LOWERED, 2500)
        assert (under_way(lowered).action, under_way(lowered).amount) == (Action.CAPTURE, 2500)
        captured = after(lowered, Result.CAPTURED, 2500)
        assert (captured.status, captured.amount, captured.call) == (Status.CAPTURED, 2500, None)

    def test_a_row_written_by_hand_is_captured_on_delivery_alone(self) -> None:
        payment = known(DELIVERED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.CAPTURE, None)
        assert after(payment, Result.CAPTURED, 1234).amount == 1234

    def test_a_row_written_by_hand_with_a_total_is_captured_to_that(self) -> None:
        payment = noted(replace(PAYMENT, total=2000), DELIVERED)
        assert (under_way(payment).action, under_way(payment).amount) == (Action.LOWER, 2000)

    @pytest.mark.parametrize(
        ("begun", "later"),
        [
            (known(NEW, FINAL), ENDED),
            (known(NEW, ENDED), FINAL.joined(DELIVERED)),
            (known(DELIVERED), ENDED),
            (after(known(FINAL, DELIVERED), Result.LOWERED, 2500), ENDED),
        ],
    )
    def test_a_call_is_settled_before_another_is_begun(self, begun: Payment, later: Facts) -> None:
        """Its outcome is unknown until then: what comes next depends on it."""
        assert noted(begun, later).call == under_way(begun)

    def test_an_end_that_was_heard_during_a_lowering_comes_after_it(self) -> None:
        lowered = after(known(NEW, FINAL, ENDED), Result.LOWERED, 2500)
        assert under_way(lowered).action is Action.VOID

    @pytest.mark.parametrize("facts", [(NEW, ENDED), (ENDED,), (NEW, ENDED, FINAL), (NEW, ENDED, DELIVERED)])
    def test_an_order_that_ended_lets_go(self, facts: tuple[Facts, ...]) -> None:
        payment = known(*facts)
        assert under_way(payment).action is Action.VOID
        assert after(payment, Result.RELEASED).status is Status.VOIDED

    def test_what_was_delivered_is_paid_even_if_somebody_deleted_the_order(self) -> None:
        payment = noted(PAYMENT, FINAL.joined(DELIVERED).joined(ENDED))
        assert under_way(after(payment, Result.LOWERED, 2500)).action is Action.CAPTURE

    @pytest.mark.parametrize("status", [Status.CAPTURED, Status.VOIDED, Status.FAILED])
    def test_nothing_comes_after_the_end(self, status: Status) -> None:
        payment = replace(PAYMENT, status=status, amount=1)
        for fact in (NEW, FINAL, DELIVERED, ENDED):
            assert noted(payment, fact) is payment
        call = Call(Action.CAPTURE, 1, "key")
        assert settled(payment, call, Outcome(Result.CAPTURED, 1)) is payment

    def test_a_call_is_settled_once(self) -> None:
        payment = known(NEW, FINAL)
        call = under_way(payment)
        lowered = after(payment, Result.LOWERED, 2500)
        assert settled(lowered, call, Outcome(Result.DECLINED, 0)) is lowered

    @pytest.mark.parametrize(
        ("result", "facts"),
        [(Result.DECLINED, (FINAL,)), (Result.DECLINED, (DELIVERED,)), (Result.DECLINED, (ENDED,)),
         (Result.RELEASED, (FINAL,)), (Result.RELEASED, (DELIVERED,))],
    )  # fmt: skip
    def test_declined_is_final(self, result: Result, facts: tuple[Facts, ...]) -> None:
        failed = after(known(*facts), result, 7)
        assert (failed.status, failed.call) == (Status.FAILED, None)
        assert failed.amount is not None

    def test_a_void_that_comes_too_late_finds_the_money_captured(self) -> None:
        payment = after(known(NEW, ENDED), Result.CAPTURED, 3000)
        assert (payment.status, payment.amount) == (Status.CAPTURED, 3000)


class TestKeys:
    def test_the_same_order_action_and_amount_have_the_same_key(self) -> None:
        assert under_way(known(NEW, FINAL)) == under_way(known(FINAL, NEW))

    def test_and_nothing_else_has(self) -> None:
        calls = [
            known(FINAL),
            after(known(FINAL, DELIVERED), Result.LOWERED, 2500),
            known(ENDED),
            known(Facts(image=Image(2400, "x"))),
            noted(replace(PAYMENT, order_id="other"), FINAL),
            noted(replace(PAYMENT, token="other"), FINAL),
        ]
        assert len({under_way(payment).key for payment in calls}) == len(calls)


class TestBooks:
    """The provider said no: what does its ledger say?"""

    @pytest.mark.parametrize("action", list(Action))
    def test_captured_is_captured(self, action: Action) -> None:
        outcome = told_by(Call(action, 5, "key"), Books(Held.CAPTURED, 5, 5))
        assert outcome == Outcome(Result.CAPTURED, 5)

    @pytest.mark.parametrize("books", [None, Books(Held.CANCELLED, 5, 0), Books(Held.EXPIRED, 5, 0)])
    def test_what_is_not_held_is_released(self, books: Books | None) -> None:
        assert told_by(Call(Action.VOID, None, "key"), books).result is Result.RELEASED

    def test_a_lowering_that_was_done_before_is_done(self) -> None:
        assert told_by(Call(Action.LOWER, 5, "key"), Books(Held.HELD, 5, 0)) == Outcome(Result.LOWERED, 5)

    @pytest.mark.parametrize("action", list(Action))
    def test_a_refusal_of_what_could_be_done_is_the_last_word(self, action: Action) -> None:
        assert told_by(Call(action, 5, "key"), Books(Held.HELD, 4, 0)).result is Result.DECLINED


images = st.builds(
    Image,
    total=st.none() | st.integers(0, 5),
    packaged=st.none() | st.sampled_from(["2026-03-01", "2026-03-02"]),
    revised=st.booleans(),
    sequence=st.none() | st.integers(1, 4),
    modified=st.none() | st.sampled_from(["2026-03-01", "2026-03-02"]),
)
facts = st.builds(Facts, token=st.just("token"), image=st.none() | images, delivered=st.booleans(), ended=st.booleans())


@given(facts, facts, facts)
def test_facts_join_in_any_order_and_repeating_one_changes_nothing(one: Facts, two: Facts, three: Facts) -> None:
    assert one.joined(two) == two.joined(one)
    assert one.joined(two).joined(three) == one.joined(two.joined(three))
    assert one.joined(one) == one
    assert one.joined(two).joined(one) == one.joined(two)


def test_a_final_image_is_newer_than_any_other() -> None:
    late = facts_of_order({"total": 9, "modifiedDate": "2027-01-01"}, 99, revised=True)
    assert late.joined(FINAL).image == FINAL.image


def test_a_revised_image_is_newer_than_the_first_whatever_producers_leave_out() -> None:
    first = facts_of_order({"total": 9, "modifiedDate": "2027-01-01"}, 99, revised=False)
    assert first.joined(REVISED).image == REVISED.image


def test_an_older_producer_leaves_out_most_of_an_order() -> None:
    assert facts_of_order({"orderId": "x"}, None, revised=False) == Facts(image=Image(None, None))
