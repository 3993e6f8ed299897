"""The list of orders."""

from typing import Any

import pytest

from ecom.dynamo_values import typed
from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console import orders
from tools.local_platform.console.orders import newest
from tools.local_platform.console.plane import ConsoleApi
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.tests.local.http import call

NUMBER = 130


def test_the_newest_come_first_with_the_fields_of_the_list() -> None:
    items: list[dict[str, Any]] = [
        {"orderId": "old", "createdDate": "2026-01-01T00:00:00.000Z", "address": {"name": "Ann"}},
        {"orderId": "manual"},
        {"orderId": "new", "createdDate": "2026-01-02T00:00:00.000Z", "total": 5},
    ]
    found = newest(items, 3)
    assert [order["orderId"] for order in found] == ["new", "old", "manual"]
    assert found[0] == {"orderId": "new", "createdDate": "2026-01-02T00:00:00.000Z", "total": 5}
    assert newest(items, 1) == found[:1]
    assert "address" not in found[1]


@pytest.fixture(scope="module")
def stored(cloud: Cloud) -> str:
    """A table of orders, and the pool of their shoppers. Returns the id of a shopper with three orders."""
    ssm, cognito, dynamodb = cloud.client("ssm"), cloud.client("cognito-idp"), cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("orderId", "userId")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "user",
                "KeySchema": [{"AttributeName": "userId", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    user = cognito.admin_create_user(
        UserPoolId=pool, Username="ann@example.com", UserAttributes=[{"Name": "email", "Value": "ann@example.com"}]
    )["User"]
    sub: str = next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
    ssm.put_parameter(Name="/ecommerce/local/orders/table/name", Value="orders", Type="String")
    ssm.put_parameter(Name="/ecommerce/local/users/user-pool/id", Value=pool, Type="String")
    for number in range(NUMBER):
        created = f"2026-01-01T{number // 60:02}:{number % 60:02}:00.000Z"
        owner = sub if number < 3 else "another"
        item = {"orderId": f"o-{number:03}", "userId": owner, "createdDate": created, "status": "NEW"}
        dynamodb.put_item(TableName="orders", Item=typed({**item, "filler": "x" * 20_000}))  # several pages of a scan
    return sub


def ids(cloud: Cloud, query: str) -> list[str]:
    answer = call(f"{cloud.endpoint}{API}/orders{query}")
    assert answer.status == 200, answer.body
    return [order["orderId"] for order in answer.json["orders"]]


@pytest.mark.usefixtures("stored")
def test_the_newest_hundred_of_several_pages(cloud: Cloud) -> None:
    assert ids(cloud, "") == [f"o-{number:03}" for number in range(NUMBER - 1, NUMBER - 101, -1)]
    assert ids(cloud, "?limit=2") == ["o-129", "o-128"]


@pytest.mark.usefixtures("stored")
def test_orders_are_found_by_a_part_of_their_id(cloud: Cloud) -> None:
    assert ids(cloud, "?search=-12") == [f"o-{number:03}" for number in range(129, 119, -1)]
    assert ids(cloud, "?search=nothing") == []


@pytest.mark.usefixtures("stored")
def test_orders_are_found_by_the_shoppers_address(cloud: Cloud) -> None:
    assert ids(cloud, "?search=ann%40example.com") == ["o-002", "o-001", "o-000"]
    assert ids(cloud, "?search=bob%40example.com") == []
    assert ids(cloud, "?search=%22+or+%40") == []


@pytest.mark.usefixtures("stored")
def test_some_orders_by_their_ids(cloud: Cloud) -> None:
    assert ids(cloud, "?ids=o-003,o-004,nothing,") == ["o-004", "o-003"]
    answer = call(f"{cloud.endpoint}{API}/orders?ids={','.join(map(str, range(101)))}")
    assert (answer.status, answer.message) == (400, "at most 100 ids")


def test_the_id_of_an_order_is_decoded_once(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    seen = []
    monkeypatch.setattr(orders, "timeline", lambda _target, order_id, _now: seen.append(order_id))
    scope = {"type": "http", "method": "GET", "path": f"{API}/orders/50%25/a", "query_string": b""}  # ASGI decoded it
    assert ConsoleApi(cloud.home)._answer(scope, b"").status == 200
    assert seen == ["50%25/a"]


@pytest.mark.parametrize("limit", ["0", "x", "2001", "-1", "1" * 5000])
def test_a_limit_that_is_refused(cloud: Cloud, limit: str) -> None:
    assert call(f"{cloud.endpoint}{API}/orders?limit={limit}").status == 400


def test_what_is_not_deployed_is_named(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "parameters", lambda _self, _names: {})
    with pytest.raises(Problem, match=r"^orders is not deployed: `make deploy-orders`$"):
        orders.found(target, "", 1)
