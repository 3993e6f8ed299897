"""The table, on moto."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from delivery.tests.builders import NOON, delivery
from delivery.tests.contract import DeliveriesContract
from delivery_service.domain import COMPLETE, START, Status
from delivery_service.repository import Deliveries, DeliveriesTable
from ecom import row_history
from ecom.dynamo import plain
from ecom.row_history import Move
from ecom.status_index import partition
from ecom_testkit.templates import create_table_request
from tools.project.services import read_template

TABLE = "delivery"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        properties = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]["Table"]["Properties"]
        client.create_table(TableName=TABLE, **create_table_request(properties))
        yield client


class TestDeliveriesTable(DeliveriesContract):
    @pytest.fixture
    def deliveries(self, dynamodb: Any) -> Deliveries:
        return DeliveriesTable(dynamodb, TABLE)

    def test_each_step_increments_the_version_and_stores_its_request(
        self, deliveries: Deliveries, dynamodb: Any
    ) -> None:
        deliveries.open(delivery(), "event-1")
        assert stored(dynamodb, "version", "correlationId", "queue") == (0, "event-1", partition("NEW", "order-1"))
        deliveries.take_step("order-1", START, NOON, "request-1")
        assert stored(dynamodb, "version", "correlationId", "queue") == (1, "request-1", None)
        deliveries.take_step("order-1", COMPLETE, NOON, "request-2")
        assert stored(dynamodb, "version", "correlationId", "queue") == (2, "request-2", None)

    def test_a_row_keeps_when_and_why_it_got_each_status(self, deliveries: Deliveries, dynamodb: Any) -> None:
        deliveries.open(delivery(), "event-1")
        later = NOON + timedelta(minutes=5)
        deliveries.take_step("order-1", START, later, "request-1")
        deliveries.take_step("order-1", START, later, "request-1")  # the SDK repeats a request
        (history,) = stored(dynamodb, "history")
        assert row_history.moves(history) == [Move(NOON, "NEW", "event-1"), Move(later, "IN_PROGRESS", "request-1")]

    @pytest.mark.parametrize("attributes", [{}, {"status": {"S": "NEW"}, "queue": {"S": "NEW"}}])
    def test_an_item_that_was_written_manually_is_a_new_delivery(
        self, deliveries: Deliveries, dynamodb: Any, attributes: dict[str, Any]
    ) -> None:
        dynamodb.put_item(TableName=TABLE, Item={"orderId": {"S": "order-1"}, **attributes})
        found = deliveries.get("order-1")
        assert found
        assert found.status is Status.NEW
        deliveries.take_step("order-1", START, NOON, "request-1")
        deliveries.take_step("order-1", COMPLETE, NOON, "request-2")
        assert stored(dynamodb, "version", "status") == (2, "COMPLETED")

    def test_a_delivery_is_read_consistently(self, dynamodb: Any) -> None:
        """moto always reads consistently, so the request is asserted."""
        requests: list[dict[str, Any]] = []
        dynamodb.meta.events.register(
            "provide-client-params.dynamodb.GetItem", lambda params, **_: requests.append(params)
        )
        DeliveriesTable(dynamodb, TABLE).get("order-1")
        assert [request["ConsistentRead"] for request in requests] == [True]


def stored(dynamodb: Any, *names: str) -> tuple[Any, ...]:
    item = plain(dynamodb.get_item(TableName=TABLE, Key={"orderId": {"S": "order-1"}})["Item"])
    return tuple(item.get(name) for name in names)
