"""The table, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.backoff import Backoff
from ecom.dynamo import plain, typed
from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext, rest_event
from products.tests.builders import product
from products.tests.contract import ProductsContract
from products_service import bootstrap
from products_service.handlers import rest_get_products
from products_service.repository import PAGE, Products, ProductsTable
from tools.project.services import read_template

TABLE = "products"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        properties = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]["Table"]["Properties"]
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        client.create_table(TableName=TABLE, **{key: properties[key] for key in taken})
        yield client


class TestProductsTable(ProductsContract):
    @pytest.fixture
    def products(self, dynamodb: Any) -> Products:
        return ProductsTable(dynamodb, TABLE)

    def test_a_manually_written_product_works_like_any_other(self, products: Products, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=TABLE, Item=typed({**product(), "note": "written manually"}))
        assert products.get("kettle") == product()
        assert products.page(None).items == [product()]
        changed = product(price=1)
        assert products.update(changed, "request-1") == changed
        assert stored(dynamodb)["version"] == 1

    def test_each_write_increments_the_version_and_stores_its_request(self, products: Products, dynamodb: Any) -> None:
        products.create(product(), "request-1")
        assert (stored(dynamodb)["version"], stored(dynamodb)["correlationId"]) == (1, "request-1")
        products.update(product(price=1), "request-2")
        assert (stored(dynamodb)["version"], stored(dynamodb)["correlationId"]) == (2, "request-2")


class LeavesUnprocessed:
    """A DynamoDB client whose BatchGetItem leaves all keys but the first unprocessed, `times` times."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self._times = client, times

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        keys = RequestItems[TABLE]["Keys"]
        left = keys[1:] if self._times else []
        self._times -= 1
        answer = self._client.batch_get_item(RequestItems={TABLE: {"Keys": keys[: len(keys) - len(left)]}})
        return {**answer, "UnprocessedKeys": {TABLE: {"Keys": left}} if left else {}}


@pytest.mark.parametrize("times", [1, 2])
def test_unprocessed_keys_are_read_again(dynamodb: Any, times: int) -> None:
    products = [product(productId=f"p{number}") for number in range(4)]
    table = table_that_leaves_unprocessed(dynamodb, times)
    for each in products:
        ProductsTable(dynamodb, TABLE).create(each, "request-1")
    assert table.get_many(each["productId"] for each in products) == {each["productId"]: each for each in products}


def test_keys_that_stay_unprocessed_are_not_unknown_products(dynamodb: Any) -> None:
    with pytest.raises(TryAgain):
        table_that_leaves_unprocessed(dynamodb, 3).get_many(["p0", "p1", "p2", "p3", "p4"])


def test_products_are_read_by_id_consistently_for_services(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that reads a product after its event must not get the one before."""
    requests: list[Any] = []

    def record(params: Any, **_: Any) -> None:
        requests.append(params["RequestItems"][TABLE]["ConsistentRead"])

    dynamodb.meta.events.register("provide-client-params.dynamodb.BatchGetItem", record)
    monkeypatch.setattr(bootstrap, "products", lambda: ProductsTable(dynamodb, TABLE))
    monkeypatch.setenv("CURRENCY", "EUR")
    event = {**rest_event("GET", "/backend/products"), "multiValueQueryStringParameters": {"ids": ["kettle"]}}
    assert rest_get_products.handler(event, LambdaContext())["statusCode"] == 200
    assert requests == [True]


def test_a_client_sees_the_product_that_it_changed(dynamodb: Any) -> None:
    requests: list[Any] = []

    def record(params: Any, **_: Any) -> None:
        requests.append(params["ConsistentRead"])

    dynamodb.meta.events.register("provide-client-params.dynamodb.GetItem", record)
    ProductsTable(dynamodb, TABLE).get("kettle")
    assert requests == [True]


def table_that_leaves_unprocessed(dynamodb: Any, times: int) -> ProductsTable:
    client: Any = LeavesUnprocessed(dynamodb, times)
    return ProductsTable(client, TABLE, Backoff(max_attempts=3, sleep=lambda _: None))


def stored(dynamodb: Any) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=TABLE, Key={"productId": {"S": "kettle"}})["Item"])


INVALID: list[dict[str, Any]] = [
    {"name": None},
    {"name": b"\x00\xff"},
    {"price": "3990"},
    {"price": 3_990_000_000},
    {"price": True},
    {"package": "big"},
    {"package": {"width": b"1"}},
    {"tags": ["electric", 1]},
]


@pytest.mark.parametrize("changes", INVALID)
def test_an_invalid_item_is_left_out_and_does_not_fail_its_page(dynamodb: Any, changes: dict[str, Any]) -> None:
    table = ProductsTable(dynamodb, TABLE)
    dynamodb.put_item(TableName=TABLE, Item=typed(product(productId="invalid", **changes)))
    table.create(product(), "request-1")
    assert table.page(None).items == [product()]
    assert table.page_of_category("kitchen", None).items == [product()]
    assert table.get("invalid") is None
    assert table.get_many(["invalid", "kettle"]) == {"kettle": product()}
    repaired = table.update(product(productId="invalid"), "request-2")
    assert table.get("invalid") == repaired


def test_products_behind_an_invalid_item_are_on_the_next_pages(dynamodb: Any) -> None:
    table = ProductsTable(dynamodb, TABLE)
    dynamodb.put_item(TableName=TABLE, Item=typed(product(productId="invalid", price="1")))
    names = [f"p{number}" for number in range(2 * PAGE)]
    for name in names:
        table.create(product(productId=name), "request-1")
    page = table.page(None)
    found = list(page.items)
    while page.next_token:
        page = table.page(page.next_token)
        found += page.items
    assert sorted(each["productId"] for each in found) == sorted(names)


def test_null_and_unknown_values_are_left_out(dynamodb: Any) -> None:
    dynamodb.put_item(
        TableName=TABLE, Item=typed(product(package={"width": None, "length": 2, "colour": "red"}, createdDate=2026))
    )
    kettle = product(package={"length": 2})
    del kettle["createdDate"]
    assert ProductsTable(dynamodb, TABLE).get("kettle") == kettle
