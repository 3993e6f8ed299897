"""All tables on moto, with the keys of the owners' templates, and a provider with its ledger in a dict."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import typed
from ecom.http import Request
from ecom.stored_secret import StoredSecret
from ecom_testkit.secrets_manager import SecretsManager
from reconciliation.tests.builders import ADDRESS, ORDER, STATUSES, THEN, TOKEN, TOTAL, order_item
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository, TableNames
from reconciliation_service.rows import token_hash
from reconciliation_service.snapshots import CAPTURED, HELD

TABLES = TableNames(
    "orders", "payment", "warehouse", "delivery", "payment-tokens", "returns", "refunds", "checkouts", "requests"
)
KEYS = {
    "orders": "orderId",
    "payment": "orderId",
    "warehouse": "id",
    "delivery": "orderId",
    "payment-tokens": "tokenHash",
    "returns": "id",
    "refunds": "refundId",
    "checkouts": "orderId",
    "requests": "orderId",
    "progress": "part",
}
SECRET = "s3cret"


@dataclass
class ProviderLedger:
    """The transport of the provider's client, with a ledger."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)  # that were asked for
    page: int = 2
    is_down: bool = False

    def __call__(self, request: Request) -> tuple[int, bytes]:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        url = urlsplit(request.url)
        self.asked.append(f"{request.method} {url.path}")
        if self.is_down:
            raise ConnectionError
        if request.method == "POST":
            tokens = json.loads(request.body)["paymentTokens"]
            assert len(tokens) <= 100
            self.tokens += tokens
            found = [self.payments[token] for token in tokens if token in self.payments]
            return 200, json.dumps({"payments": found}).encode()
        if url.path.endswith("/payments"):
            return 200, json.dumps(self._holds(parse_qs(url.query).get("after", [""])[0])).encode()
        return 404, b'{"message": "no such path"}'

    def _holds(self, after: str) -> dict[str, Any]:
        held = sorted(token for token, payment in self.payments.items() if payment["status"] == HELD and token > after)
        page = held[: self.page]
        return {
            "payments": [self.payments[token] for token in page],
            "after": page[-1] if len(held) > self.page else None,
        }

    def put(self, token: str, status: str = HELD, amount: int = TOTAL) -> None:
        self.payments[token] = {
            "paymentToken": token,
            "status": status,
            "authorised": amount,
            "captured": amount if status == CAPTURED else 0,
            "refunded": 0,
            "createdAt": THEN.isoformat(),
            "expiresAt": THEN.isoformat(),
        }


@dataclass
class World:
    """All items of all tables."""

    client: Any
    ledger: ProviderLedger

    def put(self, table: str, **item: Any) -> None:
        self.client.put_item(TableName=table, Item=typed(item))

    def remove(self, table: str, key: str) -> None:
        self.client.delete_item(TableName=table, Key=typed({KEYS[table]: key}))

    def order(self, status: str, order_id: str = ORDER, token: str = TOKEN, **more: Any) -> None:
        """Store an order's consistent records in all tables. `more` are attributes of the order."""
        payment, held, request, delivery = STATUSES[status]
        when = THEN.isoformat()
        self.put("orders", **order_item(status, orderId=order_id, paymentToken=token, **more))
        amount: Mapping[str, Any] = {} if payment == HELD else {"amount": TOTAL}
        self.put("payment", orderId=order_id, paymentToken=token, status=payment, imageModified=when, **amount)
        line = {"productId": "kettle", "quantity": 2, "packaged": 2, "tracked": False}
        failed = {"deliveryFailed": True} if status == "DELIVERY_FAILED" else {}
        self.put("warehouse", id=f"order#{order_id}", status=request, since=when, lines=[line], etag=1, **failed)
        if delivery:
            self.put("delivery", orderId=order_id, status=delivery, since=when, address=ADDRESS)
        self.use_token(token, order_id)
        self.ledger.put(token, held)

    def use_token(self, token: str, order_id: str, **more: str) -> None:
        """The order uses the payment token, as orders records it."""
        self.put("payment-tokens", tokenHash=token_hash(token), orderId=order_id, **more)


@pytest.fixture
def world(fake_aws: None) -> Iterator[World]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for table, key in KEYS.items():
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        yield World(client, ProviderLedger())


@pytest.fixture
def repository(world: World) -> Repository:
    return Repository(world.client, TABLES)


@pytest.fixture
def provider(world: World) -> Provider:
    manager: Any = SecretsManager()
    manager.value = SECRET
    return Provider("https://provider.example", StoredSecret(manager, "arn"), world.ledger)
