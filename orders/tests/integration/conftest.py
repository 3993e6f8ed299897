"""The tables of the template, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.backoff import Backoff
from ecom_testkit.templates import create_table_request
from orders_service.repository import OrdersTable
from tools.project.services import read_template

ORDERS, PAYMENT_TOKENS = "orders", "payment-tokens"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]
NO_WAIT = Backoff(max_attempts=8, sleep=lambda seconds: None)


def orders_table(client: Any, backoff: Backoff = NO_WAIT) -> OrdersTable:
    return OrdersTable(client, ORDERS, PAYMENT_TOKENS, backoff)


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for table, resource in ((ORDERS, "Table"), (PAYMENT_TOKENS, "PaymentTokens")):
            client.create_table(TableName=table, **create_table_request(RESOURCES[resource]["Properties"]))
        yield client


@pytest.fixture
def table(dynamodb: Any) -> OrdersTable:
    return orders_table(dynamodb)
