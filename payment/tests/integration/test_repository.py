"""The payment table and the table of early progress, on moto."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import plain, typed
from payment.tests.contract import COMPLETE, FRESH, PaymentsContract
from payment_service.domain import DELIVERED, ENDED, OrderProgress, Payment, Status, with_progress
from payment_service.errors import TooManyConflicts, UnreadablePayment
from payment_service.repository import MAX_ATTEMPTS, Payments, PaymentsTable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def table(client: Any) -> PaymentsTable:
    return PaymentsTable(
        client, "Table", "EarlyFactsTable", lambda: NOON, Backoff(max_attempts=MAX_ATTEMPTS, sleep=lambda _: None)
    )


def stored(client: Any, name: str = "Table") -> dict[str, Any]:
    return plain(client.get_item(TableName=name, Key={"orderId": {"S": "order"}})["Item"])


class Between:
    """A client that makes a concurrent change before a write, `times` times."""

    def __init__(self, client: Any, before: Callable[[], object], times: int = 1) -> None:
        self._client, self._before, self._left = client, before, times

    def __getattr__(self, name: str) -> Any:
        if name in ("put_item", "transact_write_items") and self._left:
            self._left -= 1
            self._before()
        return getattr(self._client, name)


class TestPaymentsTable(PaymentsContract):
    @pytest.fixture
    def payments(self, dynamodb: Any) -> Payments:
        return table(dynamodb)

    def test_a_concurrent_change_is_not_overwritten(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        second = table(
            Between(dynamodb, lambda: payments.change("order", lambda p: with_progress(p, DELIVERED), "c-1"))
        )
        row = second.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        assert row is not None
        assert (row.payment.progress.delivered, row.payment.lowered) == (True, 2000)
        assert self.read(payments) == row.payment

    def test_progress_of_a_row_created_meanwhile_is_not_stored_as_early(
        self, payments: Payments, dynamodb: Any
    ) -> None:
        second = table(Between(dynamodb, lambda: payments.open(FRESH, "c-1")))
        assert second.keep_early("order", DELIVERED) is False
        assert payments.early("order") is None

    def test_two_concurrent_early_events_are_both_stored(self, payments: Payments, dynamodb: Any) -> None:
        second = table(Between(dynamodb, lambda: payments.keep_early("order", DELIVERED)))
        assert second.keep_early("order", ENDED)
        assert payments.early("order") == OrderProgress(delivered=True, ended=True)

    def test_early_progress_expires(self, payments: Payments, dynamodb: Any) -> None:
        payments.keep_early("order", DELIVERED)
        days = (stored(dynamodb, "EarlyFactsTable")["forgetAt"] - NOON.timestamp()) / 86_400
        assert 30 < days < 60

    def test_a_change_that_always_conflicts_raises_too_many_conflicts(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        amounts = iter(range(100))

        def conflict() -> None:
            payments.change("order", lambda payment: replace(payment, lowered=next(amounts)), "c-1")

        with pytest.raises(TooManyConflicts):
            table(Between(dynamodb, conflict, MAX_ATTEMPTS)).change(
                "order", lambda p: with_progress(p, DELIVERED), "c-1"
            )

    def test_a_row_written_manually_is_a_payment_and_keeps_its_other_attributes(
        self, payments: Payments, dynamodb: Any
    ) -> None:
        dynamodb.put_item(
            TableName="Table",
            Item=typed({"orderId": "order", "paymentToken": "token", "note": "manual", "currency": "DKK"}),
        )
        assert self.read(payments) == Payment("order", "token", progress=OrderProgress(currency="DKK"))
        row = payments.change("order", lambda payment: with_progress(payment, DELIVERED), "c-1")
        assert row is not None
        assert row.payment.call is not None
        assert (stored(dynamodb)["note"], stored(dynamodb)["currency"]) == ("manual", "DKK")
        again = payments.change("order", lambda payment: replace(payment, lowered=1), "c-1")
        assert again is not None

    def test_only_a_change_that_is_published_raises_the_version(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        payments.change("order", lambda _: COMPLETE, "c-2")
        assert "version" not in stored(dynamodb)
        assert (stored(dynamodb)["etag"], stored(dynamodb)["correlationId"]) == (2, "c-2")
        payments.change("order", lambda p: replace(p, call=None, status=Status.CAPTURED, amount=1), "c-3")
        assert stored(dynamodb)["version"] == 1

    @pytest.mark.parametrize(
        "odd",
        [{}, {"paymentToken": 7}, {"paymentToken": "t", "status": "ODD"}, {"paymentToken": "t", "status": ["HELD"]}],
    )
    def test_an_unreadable_row_raises(self, payments: Payments, dynamodb: Any, odd: dict[str, Any]) -> None:
        dynamodb.put_item(TableName="Table", Item=typed({"orderId": "order", **odd}))
        with pytest.raises(UnreadablePayment):
            payments.change("order", lambda payment: with_progress(payment, DELIVERED), "c-1")


class Spy:
    """A client that records its reads: the table, and whether the read was consistent."""

    def __init__(self, client: Any) -> None:
        self._client, self.reads = client, list[tuple[str, bool]]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **request: Any) -> Any:
        self.reads.append((request["TableName"], request["ConsistentRead"]))
        return self._client.get_item(**request)


EARLY, ROW = "EarlyFactsTable", "Table"
READS: list[tuple[Callable[[Payments], object], list[tuple[str, bool]]]] = [
    (lambda it: it.change("order", lambda payment: payment, "c-1"), [(ROW, False), (ROW, True)]),
    (lambda it: it.change("unknown", lambda payment: payment, "c-1"), [(ROW, False), (ROW, True)]),
    (lambda it: it.change("order", lambda payment: replace(payment, lowered=1), "c-1"), [(ROW, False)]),
    (lambda it: it.early("order"), [(EARLY, True)]),
    (lambda it: it.keep_early("unknown", DELIVERED), [(EARLY, True)]),
    (lambda it: it.open(replace(FRESH, order_id="new"), "c-1"), []),
    (lambda it: it.forget_early("order"), []),
]


@pytest.mark.parametrize(("operation", "reads"), READS)
def test_not_to_write_is_decided_on_a_consistent_read(
    dynamodb: Any, operation: Callable[[Payments], object], reads: list[tuple[str, bool]]
) -> None:
    """moto and the local cloud always read consistently; only the request shows the difference."""
    table(dynamodb).open(FRESH, "c-1")
    spy = Spy(dynamodb)
    operation(table(spy))
    assert spy.reads == reads
