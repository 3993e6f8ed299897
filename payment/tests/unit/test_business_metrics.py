"""What a change of a payment counts: how it ended, and how much money moved."""

from typing import Any

import pytest

from ecom.business_metrics import BusinessMetric, amount
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from payment.tests.builders import ORDER, TOKEN
from payment_service.business_metrics import metrics_of
from payment_service.events import SOURCE, events_of

HELD = {"orderId": ORDER, "paymentToken": TOKEN, "status": "HELD"}


def metrics(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[BusinessMetric]:
    change = read_change(stream_record({"orderId": ORDER}, old, new), SOURCE)
    return [metric for event in events_of(change, "EUR") for metric in metrics_of(change, event)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CAPTURED", [BusinessMetric("PaymentsCaptured"), amount("AmountCaptured", 2500)]),
        ("VOIDED", [BusinessMetric("PaymentsVoided")]),
        ("FAILED", [BusinessMetric("PaymentsFailed")]),
    ],
)
def test_the_end_of_a_payment_is_counted_once(status: str, expected: list[BusinessMetric]) -> None:
    final = {**HELD, "status": status, "amount": 2500, "version": 1}
    assert metrics(HELD, final) == expected
    assert metrics(None, HELD) == metrics(final, {**final, "note": "manual"}) == metrics(final, None) == []


def test_each_refund_counts_its_own_amount() -> None:
    captured = {**HELD, "status": "CAPTURED", "amount": 2500, "version": 1}
    first = {**captured, "refunded": 500, "refund": {"refundId": "r-1", "amount": 500}, "version": 2}
    second = {**first, "refunded": 700, "refund": {"refundId": "r-2", "amount": 200}, "version": 3}
    assert metrics(captured, first) == [amount("AmountRefunded", 500)]
    assert metrics(first, second) == [amount("AmountRefunded", 200)]
