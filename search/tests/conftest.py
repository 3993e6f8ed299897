"""Fixtures that the tests of search share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.events import IncomingEvent
from ecom.inbox import InboxTable
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.inbox import InboxInMemory
from ecom_testkit.lambda_events import NOON
from ecom_testkit.templates import create_table_request
from search_service.domain import Occurrence, Record, add_occurrence
from search_service.repository import Decide, Records, RecordsTable
from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[1] / "template.yaml")["Resources"]


class RecordsInMemory:
    """Passes the same tests as the table: see tests/integration."""

    def __init__(self) -> None:
        self.items: dict[str, Record] = {}
        self.inbox = InboxInMemory()

    def get(self, subject: str) -> Record | None:
        return self.items.get(subject)

    def knows(self, event: IncomingEvent[Any]) -> bool:
        return self.inbox.knows(event)

    def add(self, event: IncomingEvent[Any], occurrence: Occurrence) -> Record | None:
        if not self.inbox.once(event).is_new:
            return None
        self.items[occurrence.subject] = add_occurrence(self.items.get(occurrence.subject), occurrence)
        return self.items[occurrence.subject]

    def change(self, record_id: str, decide: Decide, correlation_id: str) -> Record:
        self.items[record_id] = decide(self.items.get(record_id))
        return self.items[record_id]


@pytest.fixture
def in_memory() -> Records:
    return RecordsInMemory()


@pytest.fixture
def dead_letters() -> DeadLetterSpy:
    return DeadLetterSpy()


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name, resource in RESOURCES.items():
            if resource["Type"] == "AWS::DynamoDB::Table":
                client.create_table(TableName=name, **create_table_request(resource["Properties"]))
        yield client


@pytest.fixture
def table(dynamodb: Any) -> RecordsTable:
    return RecordsTable(dynamodb, "Table", InboxTable(dynamodb, "Inbox", lambda: NOON))


@pytest.fixture(params=["in memory", "table"])
def records(request: pytest.FixtureRequest, in_memory: Records, table: RecordsTable) -> Records:
    return table if request.param == "table" else in_memory
