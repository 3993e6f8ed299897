"""A list of the items with a status: the oldest first, page by page, from all partitions of the index."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import Table
from ecom.errors import InvalidToken
from ecom.pages import encode_token
from ecom.status_index import PARTITIONS, StatusIndex, partition, partitions

KEYS = [("queue", "HASH"), ("since", "RANGE")]


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName="parcels",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "queue", "since")],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "queue",
                    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        yield Table(client, "parcels")


def put(table: Table, number: int, since: int, queue: str = "") -> str:
    name = f"parcel-{number:03}"
    table.put({"id": name, "since": f"2026-01-01T00:{since:02}:00.000Z", "queue": queue or partition("NEW", name)})
    return name


def listed(table: Table, limit: int, **more: Any) -> list[list[str]]:
    index, pages, token = StatusIndex(table, "id"), [], None
    while True:
        page = index.oldest("parcels", "NEW", token, limit, **more)
        pages.append([item["id"] for item in page.items])
        token = page.next_token
        if token is None:
            return pages


def test_ids_are_spread_over_the_partitions() -> None:
    found = {partition("NEW", f"parcel-{number}") for number in range(100)}
    assert found == set(partitions("NEW")) - {"NEW"}
    assert len(found) == PARTITIONS


@pytest.mark.parametrize("limit", [1, 7, 40, 41])
def test_pages_have_every_item_once_the_oldest_first(table: Table, limit: int) -> None:
    names = [put(table, number, number // 6) for number in range(40)]  # six at a time are equally old
    pages = listed(table, limit)
    assert [name for page in pages for name in page] == names
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_an_item_with_the_status_alone_as_its_partition_is_listed_too(table: Table) -> None:
    first, second, third = put(table, 1, 1), put(table, 2, 2, queue="NEW"), put(table, 3, 3)
    assert listed(table, 2) == [[first, second], [third]]


def test_items_up_to_a_time(table: Table) -> None:
    names = [put(table, number, number) for number in range(5)]
    assert listed(table, 2, until="2026-01-01T00:02:00.000Z") == [names[:2], names[2:3]]
    assert listed(table, 2, until="2025-01-01T00:00:00.000Z") == [[]]


def test_other_statuses_are_not_listed(table: Table) -> None:
    put(table, 1, 1, queue="HELD#1")
    assert listed(table, 2) == [[]]


def test_a_token_of_another_list_is_refused(table: Table) -> None:
    for number in range(3):
        put(table, number, number)
    index = StatusIndex(table, "id")
    token = index.oldest("parcels", "NEW", None, 1).next_token
    with pytest.raises(InvalidToken):
        index.oldest("letters", "NEW", token, 1)


def test_a_token_with_a_longer_time_than_a_key_can_have_is_refused(table: Table) -> None:
    token = encode_token("parcels", {"id": "parcel-001", "since": "2" * 1025})
    with pytest.raises(InvalidToken):
        StatusIndex(table, "id").oldest("parcels", "NEW", token, 1)
