"""The table, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import plain, typed
from products.tests.builders import product
from products.tests.contract import ProductsContract
from products_service.repository import Products, ProductsTable
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

    def test_a_product_put_by_hand_works_like_any_other(self, products: Products, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=TABLE, Item=typed({**product(), "note": "by hand"}))
        assert products.get("kettle") == product()
        assert products.page(None).products == [product()]
        changed = product(price=1)
        assert products.update(changed, "request-1") == changed
        assert stored(dynamodb)["version"] == 1

    def test_each_write_raises_the_version_and_names_its_request(self, products: Products, dynamodb: Any) -> None:
        products.create(product(), "request-1")
        assert (stored(dynamodb)["version"], stored(dynamodb)["correlationId"]) == (1, "request-1")
        products.update(product(price=1), "request-2")
        assert (stored(dynamodb)["version"], stored(dynamodb)["correlationId"]) == (2, "request-2")


def stored(dynamodb: Any) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=TABLE, Key={"productId": {"S": "kettle"}})["Item"])


ODD: list[dict[str, Any]] = [
    {"name": None},
    {"name": b"\x00\xff"},
    {"price": "3990"},
    {"price": 3_990_000_000},
    {"price": True},
    {"package": "big"},
    {"package": {"width": b"1"}},
    {"tags": ["electric", 1]},
]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_product_takes_no_page_with_it(dynamodb: Any, odd: dict[str, Any]) -> None:
    table = ProductsTable(dynamodb, TABLE)
    dynamodb.put_item(TableName=TABLE, Item=typed(product(productId="odd", **odd)))
    table.create(product(), "request-1")
    assert table.page(None).products == [product()]
    assert table.page_of_category("kitchen", None).products == [product()]
    assert table.get("odd") is None
    assert table.get_many(["odd", "kettle"]) == {"kettle": product()}
    mended = table.update(product(productId="odd"), "request-2")
    assert table.get("odd") == mended


def test_what_means_nothing_is_left_out(dynamodb: Any) -> None:
    dynamodb.put_item(
        TableName=TABLE, Item=typed(product(package={"width": None, "length": 2, "colour": "red"}, createdDate=2026))
    )
    kettle = product(package={"length": 2})
    del kettle["createdDate"]
    assert ProductsTable(dynamodb, TABLE).get("kettle") == kettle
