"""Requests for orders: whose a stored request is, when the answer to the write was lost."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.order_requests import OrderRequest, OrderRequests

UNTIL = "2026-03-01T12:01:00.000Z"
OWN, OTHER = f"{UNTIL} own", f"{UNTIL} other"


@pytest.fixture
def client(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="requests",
            KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def requests(client: Any) -> OrderRequests:
    return OrderRequests(client, "requests")


def request(attempt: str) -> OrderRequest:
    return OrderRequest("order-1", "hash", frozenset((attempt,)), {"userId": "user-1"})


def test_a_request_is_stored_once(requests: OrderRequests) -> None:
    assert requests.open(request(OWN))
    assert not requests.open(request(OTHER)), "it is another attempt's"


def test_a_repeated_write_finds_its_own_request(requests: OrderRequests) -> None:
    """As when the SDK repeats the write, because its answer was lost."""
    requests.open(request(OWN))
    assert requests.open(request(OWN))


def test_a_repeated_write_finds_its_own_request_that_another_attempt_joined(requests: OrderRequests) -> None:
    requests.open(request(OWN))
    assert requests.join(request(OWN), OTHER)
    assert requests.open(request(OWN))
    assert not requests.open(request(f"{UNTIL} third"))


def test_a_repeated_write_finds_its_own_request_in_the_place_of_one_that_is_over(
    client: Any, requests: OrderRequests
) -> None:
    requests.open(request(OTHER))
    over = requests.request_of("order-1")
    client.update_item(
        TableName="requests",
        Key={"orderId": {"S": "order-1"}},
        UpdateExpression="SET refusedDate = :now",
        ExpressionAttributeValues={":now": {"S": UNTIL}},
    )
    assert requests.open(request(OWN), over)
    assert requests.join(request(OWN), f"{UNTIL} third")
    assert requests.open(request(OWN), over)
