"""The contract suite of `Payments`, for the fake and the table."""

from dataclasses import replace

import pytest

from payment_service.domain import (
    DELIVERED,
    ENDED,
    Action,
    Call,
    OrderProgress,
    OrderSnapshot,
    Payment,
    Status,
    with_progress,
)
from payment_service.repository import Payments

FINAL = OrderSnapshot(2500, "2026-03-01T10:00:00.000Z", True, 2, "2026-03-01T10:00:00.000Z")
FRESH = Payment(
    "order", "token", progress=OrderProgress(snapshot=OrderSnapshot(3000, None, False, 1, "2026-03-01T09:00:00.000Z"))
)
COMPLETE = replace(
    FRESH,
    progress=OrderProgress(snapshot=FINAL, delivered=True),
    lowered=2500,
    call=Call(Action.CAPTURE, 2500, "key"),
)


class PaymentsContract:
    @pytest.fixture
    def payments(self) -> Payments:
        raise NotImplementedError

    def test_a_row_is_created_once(self, payments: Payments) -> None:
        row = payments.open(FRESH, "c-1")
        assert row is not None
        assert row.payment == FRESH
        assert payments.open(replace(FRESH, token="other"), "c-2") is None
        assert self.read(payments) == FRESH

    @pytest.mark.parametrize(
        "payment",
        [
            FRESH,
            COMPLETE,
            replace(FRESH, call=Call(Action.VOID, None, "key"), progress=replace(FRESH.progress, ended=True)),
            replace(COMPLETE, call=None, status=Status.CAPTURED, amount=2500),
            replace(FRESH, status=Status.FAILED, amount=0),
            replace(FRESH, progress=OrderProgress(snapshot=OrderSnapshot(2900, None, True)), lowered=0, refused=2900),
            Payment("order", "token", progress=OrderProgress(snapshot=OrderSnapshot(None, None))),
            replace(COMPLETE, progress=replace(COMPLETE.progress, currency="DKK")),
        ],
    )
    def test_every_field_is_stored(self, payments: Payments, payment: Payment) -> None:
        payments.open(FRESH, "c-1")
        payments.change("order", lambda _: payment, "c-1")
        assert self.read(payments) == payment

    def test_without_a_row_nothing_changes(self, payments: Payments) -> None:
        assert payments.change("order", lambda payment: with_progress(payment, DELIVERED), "c-1") is None
        assert self.read(payments) is None

    def test_a_change_is_decided_on_the_newest_row(self, payments: Payments) -> None:
        old = payments.open(FRESH, "c-1")
        payments.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        row = payments.change("order", lambda payment: replace(payment, amount=payment.lowered), "c-1", old)
        assert row is not None
        assert (row.payment.lowered, row.payment.amount) == (2000, 2000)

    def test_a_decision_to_write_nothing_is_made_on_the_newest_row_too(self, payments: Payments) -> None:
        old = payments.open(FRESH, "c-1")
        payments.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        row = payments.change("order", lambda payment: payment, "c-1", old)
        assert row is not None
        assert row.payment.lowered == 2000

    def test_early_progress_is_merged_until_there_is_a_row(self, payments: Payments) -> None:
        assert payments.early("order") is None
        assert payments.keep_early("order", DELIVERED)
        assert payments.keep_early("order", OrderProgress(snapshot=FINAL, currency="DKK"))
        assert payments.keep_early("order", ENDED)
        assert payments.early("order") == OrderProgress(snapshot=FINAL, delivered=True, ended=True, currency="DKK")
        assert self.read(payments) is None, "early progress creates no row"
        payments.open(FRESH, "c-1")
        assert not payments.keep_early("order", DELIVERED)
        payments.forget_early("order")
        assert payments.early("order") is None

    @staticmethod
    def read(payments: Payments) -> Payment | None:
        row = payments.change("order", lambda payment: payment, "read")
        return row.payment if row else None
