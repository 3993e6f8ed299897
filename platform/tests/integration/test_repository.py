"""The table of listeners, on moto, and its fake: both pass the same tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from platform_service.repository import Listeners, ListenersTable
from tools.project.services import read_template

TABLE = "listeners"
LATER = 1_800_000_000


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        template = read_template(Path(__file__).parents[2] / "template.yaml")
        properties = template["Resources"]["ListenerTable"]["Properties"]
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        client.create_table(TableName=TABLE, **{key: properties[key] for key in taken})
        yield client


@pytest.fixture(params=["in memory", "table"])
def listeners(request: pytest.FixtureRequest, in_memory: Listeners, dynamodb: Any) -> Listeners:
    return ListenersTable(dynamodb, TABLE) if request.param == "table" else in_memory


def test_a_connection_registers_for_services(listeners: Listeners) -> None:
    for service, connection in (("ecommerce.orders", "a"), ("ecommerce.orders", "b"), ("ecommerce.users", "a")):
        listeners.add(service, connection, LATER)
    assert sorted(listeners.connections_of("ecommerce.orders")) == ["a", "b"]
    assert listeners.connections_of("ecommerce.users") == ["a"]
    assert listeners.connections_of("ecommerce.delivery") == []


def test_a_removed_connection_is_not_listed(listeners: Listeners) -> None:
    for service, connection in (("ecommerce.orders", "a"), ("ecommerce.orders", "b"), ("ecommerce.users", "a")):
        listeners.add(service, connection, LATER)
    listeners.remove("ecommerce.orders", "b")
    assert listeners.connections_of("ecommerce.orders") == ["a"]
    listeners.remove_all("a")
    assert listeners.connections_of("ecommerce.orders") == listeners.connections_of("ecommerce.users") == []


def test_a_connection_is_new_until_it_registers_or_closes(listeners: Listeners) -> None:
    for connection, at in (("a", 10), ("b", 20), ("c", 30)):
        listeners.connect(connection, at, LATER)
    assert sorted(listeners.new_connections()) == [10, 20, 30]
    listeners.add("ecommerce.orders", "a", LATER)
    listeners.remove_all("b")
    assert listeners.new_connections() == [30]
    assert listeners.connections_of("ecommerce.orders") == ["a"]


def test_listeners_are_read_consistently_and_expire(dynamodb: Any) -> None:
    """moto always reads consistently, so the request is asserted."""
    requests: list[dict[str, Any]] = []
    dynamodb.meta.events.register("provide-client-params.dynamodb.Query", lambda params, **_: requests.append(params))
    table = ListenersTable(dynamodb, TABLE)
    table.add("ecommerce.orders", "a", LATER)
    table.connections_of("ecommerce.orders")
    table.new_connections()
    assert [request["ConsistentRead"] for request in requests] == [True, True]
    assert dynamodb.scan(TableName=TABLE)["Items"][0]["expiresAt"] == {"N": str(LATER)}
