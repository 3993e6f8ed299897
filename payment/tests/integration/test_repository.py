"""The payment table and its early facts, on moto."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import plain, typed
from payment.tests.contract import FRESH, WHOLE, PaymentsContract
from payment_service.domain import DELIVERED, ENDED, Facts, Payment, Status, noted
from payment_service.errors import Crowded, NotAPayment
from payment_service.repository import TRIES, Payments, PaymentsTable
from tools.project.services import read_template

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name in ("Table", "EarlyFactsTable"):
            properties = RESOURCES[name]["Properties"]
            taken = ("BillingMode", "AttributeDefinitions", "KeySchema")
            client.create_table(TableName=name, **{key: properties[key] for key in taken})
        yield client


def table(client: Any) -> PaymentsTable:
    return PaymentsTable(client, "Table", "EarlyFactsTable", lambda: NOON, lambda _: None)


def stored(client: Any, name: str = "Table") -> dict[str, Any]:
    return plain(client.get_item(TableName=name, Key={"orderId": {"S": "order"}})["Item"])


class Between:
    """A client that lets somebody else in before a write, once or as often as it is told."""

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

    def test_somebody_in_between_is_not_overwritten(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        second = table(Between(dynamodb, lambda: payments.change("order", lambda p: noted(p, DELIVERED), "c-1")))
        row = second.change("order", lambda payment: replace(payment, lowered=2000), "c-1")
        assert row is not None
        assert (row.payment.facts.delivered, row.payment.lowered) == (True, 2000)
        assert self.look(payments) == row.payment

    def test_a_row_that_comes_in_between_gets_the_fact(self, payments: Payments, dynamodb: Any) -> None:
        second = table(Between(dynamodb, lambda: payments.open(FRESH, "c-1")))
        assert second.keep_early("order", DELIVERED) is False
        assert payments.early("order") is None

    def test_two_early_facts_at_once_are_both_kept(self, payments: Payments, dynamodb: Any) -> None:
        second = table(Between(dynamodb, lambda: payments.keep_early("order", DELIVERED)))
        assert second.keep_early("order", ENDED)
        assert payments.early("order") == Facts(delivered=True, ended=True)

    def test_early_facts_are_forgotten_in_the_end(self, payments: Payments, dynamodb: Any) -> None:
        payments.keep_early("order", DELIVERED)
        days = (stored(dynamodb, "EarlyFactsTable")["forgetAt"] - NOON.timestamp()) / 86_400
        assert 30 < days < 60

    def test_who_never_gets_a_turn_comes_back(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        amounts = iter(range(100))

        def meddle() -> None:
            payments.change("order", lambda payment: replace(payment, lowered=next(amounts)), "c-1")

        with pytest.raises(Crowded):
            table(Between(dynamodb, meddle, TRIES)).change("order", lambda p: noted(p, DELIVERED), "c-1")

    def test_a_row_written_by_hand_is_a_payment_and_keeps_what_is_not_ours(
        self, payments: Payments, dynamodb: Any
    ) -> None:
        dynamodb.put_item(TableName="Table", Item=typed({"orderId": "order", "paymentToken": "token", "note": "hand"}))
        assert self.look(payments) == Payment("order", "token")
        row = payments.change("order", lambda payment: noted(payment, DELIVERED), "c-1")
        assert row is not None
        assert row.payment.call is not None
        assert stored(dynamodb)["note"] == "hand"
        again = payments.change("order", lambda payment: replace(payment, lowered=1), "c-1")
        assert again is not None

    def test_only_what_is_announced_raises_the_version(self, payments: Payments, dynamodb: Any) -> None:
        payments.open(FRESH, "c-1")
        payments.change("order", lambda _: WHOLE, "c-2")
        assert "version" not in stored(dynamodb)
        assert (stored(dynamodb)["etag"], stored(dynamodb)["correlationId"]) == (2, "c-2")
        payments.change("order", lambda p: replace(p, call=None, status=Status.CAPTURED, amount=1), "c-3")
        assert stored(dynamodb)["version"] == 1

    @pytest.mark.parametrize("odd", [{}, {"paymentToken": 7}, {"paymentToken": "t", "status": "ODD"}])
    def test_what_is_no_payment_is_told(self, payments: Payments, dynamodb: Any, odd: dict[str, Any]) -> None:
        dynamodb.put_item(TableName="Table", Item=typed({"orderId": "order", **odd}))
        with pytest.raises(NotAPayment):
            payments.change("order", lambda payment: noted(payment, DELIVERED), "c-1")
