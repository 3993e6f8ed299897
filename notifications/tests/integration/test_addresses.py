"""The table of addresses, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import plain
from ecom_testkit.lambda_events import NOON
from notifications.tests.address_contract import FRESH, USER, AddressesContract
from notifications.tests.builders import ADDRESS, LATER
from notifications_service.addresses import Addresses, AddressTable
from tools.project.services import read_template

TABLE = "addresses"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        properties = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]["Addresses"]["Properties"]
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema")
        client.create_table(TableName=TABLE, **{key: properties[key] for key in taken})
        yield client


class TestAddressTable(AddressesContract):
    @pytest.fixture
    def addresses(self, dynamodb: Any) -> Addresses:
        return AddressTable(dynamodb, TABLE, lambda: LATER, FRESH)

    def test_an_address_is_not_used_when_it_is_no_longer_fresh(self, dynamodb: Any) -> None:
        """DynamoDB deletes it some time later."""
        AddressTable(dynamodb, TABLE, lambda: NOON, FRESH).keep(USER, ADDRESS, NOON)
        assert AddressTable(dynamodb, TABLE, lambda: NOON + FRESH, FRESH).find(USER) is None

    def test_an_item_expires_when_it_is_no_longer_fresh(self, addresses: Addresses, dynamodb: Any) -> None:
        addresses.keep(USER, ADDRESS, NOON)
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]
        assert plain(item) == {
            "userId": USER,
            "address": ADDRESS,
            "at": "2026-03-01T12:00:00.000Z",
            "expiresAt": int((NOON + FRESH).timestamp()),
        }
