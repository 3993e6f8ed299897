"""The demo's data is written once: what exists stays, and costs one request."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.explore import demo_data
from tools.explore.demo_data import catalogue, checked, put_catalogue
from tools.local.home import LocalCloudError

TABLE = "products"


class Place:
    """An environment in moto, as `tools.project.aws.Target`. It lists the requests."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        self.requests: list[str] = []
        self.dynamodb.meta.events.register("before-call", lambda model, **_: self.requests.append(model.name))

    def client(self, _service: str) -> Any:
        return self.dynamodb


@pytest.fixture
def place(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        made = Place()
        made.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "productId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "productId", "KeyType": "HASH"}],
        )
        yield made


def stored(place: Any) -> dict[str, Any]:
    return {item["productId"]["S"]: item for item in place.dynamodb.scan(TableName=TABLE)["Items"]}


def test_missing_products_are_written_and_existing_ones_stay(place: Any) -> None:
    first, second = (product["productId"] for product in catalogue()[:2])
    changed = {"productId": {"S": first}, "name": {"S": "changed by a person"}}
    place.dynamodb.put_item(TableName=TABLE, Item=changed)
    put_catalogue(place, TABLE)
    found = stored(place)
    assert set(found) == {product["productId"] for product in catalogue()}
    assert found[first] == changed
    assert found[second]["createdDate"]
    assert "stock" not in found[second]


def test_a_repetition_writes_nothing(place: Any) -> None:
    put_catalogue(place, TABLE)
    before = stored(place)
    place.requests.clear()
    put_catalogue(place, TABLE)
    assert place.requests == ["BatchGetItem"]
    assert stored(place) == before


def test_a_product_that_another_process_has_just_written_stays(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put_catalogue(place, TABLE)
    before = stored(place)
    monkeypatch.setattr(demo_data, "ids_of", lambda *_: set())
    put_catalogue(place, TABLE)
    assert stored(place) == before


def test_more_products_than_one_request_takes(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put_catalogue(place, TABLE)
    monkeypatch.setattr(demo_data, "MOST_AT_ONCE", 7)
    assert demo_data.ids_of(place.dynamodb, TABLE, list(stored(place))) == set(stored(place))


def test_without_the_platform_it_names_what_is_missing() -> None:
    with pytest.raises(LocalCloudError, match=r"not deployed \(frontend-api/api/url missing\): `make deploy`"):
        checked({"products/table/name": "t", "users/user-pool/id": "p"})
