"""Events of pictures -> the managed pictures of products, on moto."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import products_service
from ecom.dynamo import plain, typed
from ecom.errors import TryAgain
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event
from ecom_testkit.templates import create_table_request
from ecom_testkit.throttling import FAILURES, FailingClient
from products.tests.builders import NOON, product
from products_service import bootstrap
from products_service.cdn_url import KEPT_SECONDS, CdnUrl
from products_service.handlers import on_picture_event
from products_service.pictures import REMEMBERED, ManagedPicture, ManagedPictures
from products_service.repository import ProductsTable
from tools.project.services import read_template

PRODUCTS, DELETED = "products", "deleted"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]
URL = "https://cdn.test/pictures/p1/medium.jpg"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name, resource in {PRODUCTS: "Table", DELETED: "DeletedPictures"}.items():
            client.create_table(TableName=name, **create_table_request(RESOURCES[resource]["Properties"]))
        yield client


@pytest.fixture
def products(dynamodb: Any) -> ProductsTable:
    table = ProductsTable(dynamodb, PRODUCTS)
    table.create(product(), "request-1")
    return table


@pytest.fixture
def dead_letters(dynamodb: Any, products: ProductsTable, monkeypatch: pytest.MonkeyPatch) -> DeadLetterSpy:
    spy = DeadLetterSpy()
    managed = ManagedPictures(dynamodb, PRODUCTS, DELETED, lambda: NOON)
    monkeypatch.setattr(bootstrap, "managed_pictures", lambda: managed)
    monkeypatch.setattr(bootstrap, "runtime", Runtime(products_service.__file__, dead_letters=spy))
    return spy


def ready(picture_id: str = "p1", product_id: str = "kettle", **changes: Any) -> dict[str, Any]:
    sizes = [f"{size}.{ending}" for size in ("small", "medium", "large") for ending in ("webp", "jpg")]
    detail = {
        "pictureId": picture_id,
        "productId": product_id,
        "urls": [f"https://cdn.test/pictures/{picture_id}/{name}" for name in sizes],
        "uploadedDate": "2026-03-01T12:00:00.000Z",
        **changes,
    }
    return bus_event("ecommerce.pictures", "PictureReady", detail, resources=[picture_id])


def deleted(picture_id: str = "p1", product_id: str = "kettle") -> dict[str, Any]:
    detail = {"pictureId": picture_id, "productId": product_id, "uploadedDate": "2026-03-01T12:00:00.000Z"}
    return bus_event("ecommerce.pictures", "PictureDeleted", detail, resources=[picture_id])


def handle(*events: dict[str, Any]) -> None:
    for event in events:
        on_picture_event.handler(event, LambdaContext())


def pictures(products: ProductsTable, product_id: str = "kettle") -> Any:
    found = products.get(product_id)
    return found.get("pictures") if found else None


def version(dynamodb: Any) -> Any:
    return plain(dynamodb.get_item(TableName=PRODUCTS, Key=typed({"productId": "kettle"}))["Item"])["version"]


def test_a_ready_picture_is_shown_once(products: ProductsTable, dynamodb: Any, dead_letters: DeadLetterSpy) -> None:
    """A repeat writes nothing, so no event is published."""
    before = pictures(products) or []
    handle(ready(), ready())
    assert pictures(products) == [*before, URL]
    assert version(dynamodb) == 2


@pytest.mark.parametrize("order", sorted(set(permutations(["ready", "ready", "deleted", "deleted"]))))
def test_a_deleted_picture_is_never_shown(
    products: ProductsTable, dead_letters: DeadLetterSpy, order: tuple[str, ...]
) -> None:
    before = pictures(products)
    handle(*({"ready": ready, "deleted": deleted}[each]() for each in order))
    assert pictures(products) == before


def test_administrators_and_pictures_do_not_overwrite_each_other(
    products: ProductsTable, dead_letters: DeadLetterSpy
) -> None:
    handle(ready())
    products.update(product(pictures=["https://x.test/1.jpg"]), "request-2")
    assert pictures(products) == ["https://x.test/1.jpg", URL]
    products.update(product(pictures=[]), "request-3")
    assert pictures(products) == [URL]


def test_creating_again_compares_no_managed_pictures(products: ProductsTable, dead_letters: DeadLetterSpy) -> None:
    handle(ready())
    again = products.create(product(), "request-2")
    assert again["pictures"][-1] == URL


@pytest.mark.parametrize("first", [[], None])
@pytest.mark.parametrize("again", [[], None])
def test_a_product_without_own_pictures_is_created_again(
    products: ProductsTable, dead_letters: DeadLetterSpy, first: list[str] | None, again: list[str] | None
) -> None:
    """A list that is empty, or had nothing but managed pictures, is as none."""
    lamp = {key: value for key, value in product(productId="lamp").items() if key != "pictures"}

    def with_pictures(own: list[str] | None) -> Any:
        return lamp if own is None else {**lamp, "pictures": own}

    products.create(with_pictures(first), "request-1")
    handle(ready("p1", "lamp"))
    assert products.create(with_pictures(again), "request-2")["pictures"] == [URL]


def test_a_product_that_is_created_again_has_none_of_the_old_pictures(
    products: ProductsTable, dead_letters: DeadLetterSpy
) -> None:
    handle(ready())
    gone = products.delete("kettle")
    assert gone["pictures"][-1] == URL
    handle(ready("p2"), deleted("p1"))
    assert products.get("kettle") is None
    products.create(product(), "request-2")
    handle(deleted("p2"), ready("p1"), ready("p2"))
    assert pictures(products) == product().get("pictures")


def test_a_deleted_picture_is_remembered_for_some_time(dynamodb: Any, dead_letters: DeadLetterSpy) -> None:
    handle(deleted())
    item = plain(dynamodb.get_item(TableName=DELETED, Key=typed({"pictureId": "p1"}))["Item"])
    assert datetime.fromtimestamp(item["expiresAt"], UTC) == NOON + REMEMBERED


@pytest.mark.parametrize(
    "event",
    [
        ready(urls=["https://cdn.test/pictures/p1/medium.webp"]),
        ready("p" * 3000),
        deleted("p1", "k" * 3000),
    ],
)
def test_an_event_that_cannot_be_handled_is_a_dead_letter(dead_letters: DeadLetterSpy, event: dict[str, Any]) -> None:
    handle(event)
    assert len(dead_letters.messages) == 1


@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_a_failure_of_the_table_is_tried_again(code: str, status: int) -> None:
    client: Any = FailingClient(code, status)
    managed = ManagedPictures(client, PRODUCTS, DELETED, lambda: NOON)
    with pytest.raises(TryAgain):
        managed.add(ManagedPicture("p1", "kettle", URL, "2026-03-01T12:00:00.000Z"), "event-1")
    with pytest.raises(TryAgain):
        managed.remove("p1", "kettle", "event-1")


def test_the_address_of_the_cdn_is_read_anew_after_a_while(fake_aws: None) -> None:
    with mock_aws():
        client, now = boto3.client("ssm", region_name="us-east-1"), [0.0]
        cdn = CdnUrl(client, "/ecommerce/dev/pictures/cdn/url", lambda: now[0])
        assert cdn.value() == ""
        client.put_parameter(Name="/ecommerce/dev/pictures/cdn/url", Value="https://cdn.test/", Type="String")
        assert cdn.value() == ""
        now[0] += KEPT_SECONDS
        assert cdn.value() == "https://cdn.test"


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalServerError", 500)])
def test_a_mutation_is_tried_again_while_parameters_cannot_be_read(code: str, status: int) -> None:
    client: Any = FailingClient(code, status)
    with pytest.raises(TryAgain):
        CdnUrl(client, "name").value()
