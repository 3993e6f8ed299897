"""What every implementation of `Payments` promises. The fake and the table both inherit it."""

from dataclasses import replace

import pytest

from payment_service.domain import DELIVERED, ENDED, Action, Call, Facts, Image, Payment, Status, noted
from payment_service.repository import Payments

FINAL = Image(2500, "2026-03-01T10:00:00.000Z", True, 2, "2026-03-01T10:00:00.000Z")
FRESH = Payment("order", "token", facts=Facts(image=Image(3000, None, False, 1, "2026-03-01T09:00:00.000Z")))
WHOLE = replace(
    FRESH,
    facts=Facts(image=FINAL, delivered=True),
    lowered=2500,
    call=Call(Action.CAPTURE, 2500, "key"),
)


class PaymentsContract:
    @pytest.fixture
    def payments(self) -> Payments:
        raise NotImplementedError

    def test_a_row_is_made_once(self, payments: Payments) -> None:
        row = payments.open(FRESH, "c-1")
        assert row is not None
        assert row.payment == FRESH
        assert payments.open(replace(FRESH, token="other"), "c-2") is None
        assert self.look(payments) == FRESH

    @pytest.mark.parametrize(
        "payment",
        [
            FRESH,
            WHOLE,
            replace(FRESH, call=Call(Action.VOID, None, "key"), facts=replace(FRESH.facts, ended=True)),
            replace(WHOLE, call=None, status=Status.CAPTURED, amount=2500),
            replace(FRESH, status=Status.FAILED, amount=0),
            replace(FRESH, facts=Facts(image=Image(2900, None, True)), lowered=0, refused=2900),
            Payment("order", "token", facts=Facts(image=Image(None, None))),
        ],
    )
    def test_all_of_a_payment_is_kept(self, payments: Payments, payment: Payment) -> None:
        payments.open(FRESH, "c-1")
        payments.change("order", lambda _: payment, "c-1")
        assert self.look(payments) == payment

    def test_there_is_nothing_to_change_without_a_row(self, payments: Payments) -> None:
        assert payments.change("order", lambda payment: noted(payment, DELIVERED), "c-1") is None
        assert self.look(payments) is None

    def test_a_change_is_decided_on_the_newest_state(self, payments: Payments) -> None:
        old = payments.open(FRESH, "c-1")
        payments.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        row = payments.change("order", lambda payment: replace(payment, amount=payment.lowered), "c-1", old)
        assert row is not None
        assert (row.payment.lowered, row.payment.amount) == (2000, 2000)

    def test_staying_as_it_is_is_decided_on_the_newest_state_too(self, payments: Payments) -> None:
        old = payments.open(FRESH, "c-1")
        payments.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        row = payments.change("order", lambda payment: payment, "c-1", old)
        assert row is not None
        assert row.payment.lowered == 2000

    def test_early_facts_are_joined_until_there_is_a_row(self, payments: Payments) -> None:
        assert payments.early("order") is None
        assert payments.keep_early("order", DELIVERED)
        assert payments.keep_early("order", Facts(image=FINAL))
        assert payments.keep_early("order", ENDED)
        assert payments.early("order") == Facts(image=FINAL, delivered=True, ended=True)
        assert self.look(payments) is None, "no row for an order that nobody knows"
        payments.open(FRESH, "c-1")
        assert not payments.keep_early("order", DELIVERED)
        payments.forget_early("order")
        assert payments.early("order") is None

    @staticmethod
    def look(payments: Payments) -> Payment | None:
        row = payments.change("order", lambda payment: payment, "look")
        return row.payment if row else None
