"""The table, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import plain
from notifications.tests.contract import CLAIM, SENT, MailsContract
from notifications_service.domain import KEEP
from notifications_service.repository import Mails, MailTable
from tools.project.services import read_template

TABLE = "notifications"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        properties = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]["Table"]["Properties"]
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema")
        client.create_table(TableName=TABLE, **{key: properties[key] for key in taken})
        yield client


class TestMailsTable(MailsContract):
    @pytest.fixture
    def mails(self, dynamodb: Any) -> Mails:
        return MailTable(dynamodb, TABLE)

    def test_a_row_has_state_time_and_expiry(self, mails: Mails, dynamodb: Any) -> None:
        mails.claim(CLAIM)
        mails.mark_sent(SENT)
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]
        assert plain(item) == {
            "orderId": "order-1",
            "kind": "accepted",
            "state": "SENT",
            "claim": "claim-1",
            "since": "2026-03-01T12:30:00.000Z",
            "messageId": "mail-1",
            "correlationId": "request-1",
            "expiresAt": int((SENT.since + KEEP).timestamp()),
        }
