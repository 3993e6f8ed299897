"""The tables of the template, on moto, with fakes of the functions of orders."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom import jsons
from ecom.backoff import Backoff
from ecom.dynamo import Table
from ecom.errors import IllegalMove
from ecom.order_requests import OrderRequests
from ecom_testkit.lambda_events import NOON, LambdaContext, rest_event
from ecom_testkit.orders_function import OrdersInMemory
from ecom_testkit.templates import create_table_request
from partners.tests.unit.test_order_bodies import BODY
from partners_service import bootstrap
from partners_service.handlers import rest_cancel_order, rest_create_order, rest_get_contact, rest_get_orders
from partners_service.ordering import Ordering, OwnOrders
from partners_service.partner_keys import PartnerKeys
from tools.project.services import read_template

KEYS, REQUESTS = "keys", "requests"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]
NO_WAIT = Backoff(max_attempts=4, sleep=lambda _: None)


@dataclass
class Desk:
    """Partners at the API: the key's id names the caller."""

    client: Any
    orders: OrdersInMemory = field(default_factory=OrdersInMemory)
    requests: int = 0
    packaged: bool = False
    now: datetime = NOON

    def ordering(self) -> Ordering:
        requests = OrderRequests(self.client, REQUESTS)
        return Ordering(requests, self.orders, self.orders, lambda: self.now, NO_WAIT)

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        return self.orders.order(order_id)

    def cancel(self, order_id: str, user_id: str) -> Mapping[str, Any]:
        if self.packaged:
            raise IllegalMove("packaging has started")
        order = self.orders.order(order_id)
        assert order is not None
        assert order["userId"] == user_id
        return {**order, "status": "CANCELLED"}

    def order(self, key: str = "k1", **changes: Any) -> tuple[int, Any]:
        self.requests += 1
        event = rest_event("POST", "/orders", {**BODY, **changes}, key_id=key)
        return _answer(rest_create_order.handler(event, LambdaContext(aws_request_id=f"request-{self.requests}")))

    def get(self, order_id: str, key: str = "k1") -> tuple[int, Any]:
        event = rest_event("GET", "/orders/{orderId}", parameters={"orderId": order_id}, key_id=key)
        return _answer(rest_get_orders.handler(event, LambdaContext()))

    def by_reference(self, reference: str | None, key: str = "k1") -> tuple[int, Any]:
        query = {"reference": [reference]} if reference is not None else None
        return _answer(rest_get_orders.handler(rest_event("GET", "/orders", query=query, key_id=key), LambdaContext()))

    def cancel_it(self, order_id: str, key: str = "k1") -> tuple[int, Any]:
        event = rest_event("POST", "/orders/{orderId}/cancel", parameters={"orderId": order_id}, key_id=key)
        return _answer(rest_cancel_order.handler(event, LambdaContext()))

    def contact(self, order_id: str) -> tuple[int, Any]:
        event = rest_event("GET", "/backend/contacts/{orderId}", parameters={"orderId": order_id})
        return _answer(rest_get_contact.handler(event, LambdaContext()))

    def rows(self) -> list[Any]:
        return [item for page in Table(self.client, REQUESTS).pages() for item in page]


def _answer(response: Mapping[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], jsons.loads(response["body"])


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name, resource in ((KEYS, "Table"), (REQUESTS, "RequestsTable")):
            client.create_table(TableName=name, **create_table_request(RESOURCES[resource]["Properties"]))
        yield client


@pytest.fixture
def desk(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made, requests = Desk(dynamodb), OrderRequests(dynamodb, REQUESTS)
    keys = Table(dynamodb, KEYS)
    for key, partner in (("k1", "acme"), ("k2", "acme"), ("k3", "bolt")):
        keys.put({"keyId": key, "partner": partner, "createdDate": "2026-03-01T12:00:00.000Z"})
    monkeypatch.setattr(bootstrap, "keys", lambda: PartnerKeys(dynamodb, KEYS))
    monkeypatch.setattr(bootstrap, "requests", lambda: requests)
    monkeypatch.setattr(bootstrap, "ordering", made.ordering)
    monkeypatch.setattr(bootstrap, "own_orders", lambda: OwnOrders(requests, made))
    monkeypatch.setattr(bootstrap, "cancelling", lambda: made)
    return made
