"""DynamoDB is throttled or fails: every operation raises TryAgain, and every handler answers with it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext, field_event, rest_event
from ecom_testkit.throttling import FAILURES, FailingClient
from products.tests.builders import line, product, product_input
from products.tests.fakes import NoCdn
from products_service import bootstrap
from products_service.handlers import graphql_edit_products, graphql_get_products, rest_validate
from products_service.repository import Products, ProductsTable

OPERATIONS: dict[str, Callable[[Products], object]] = {
    "get": lambda products: products.get("kettle"),
    "get_many": lambda products: products.get_many(["kettle"]),
    "page": lambda products: products.page(None),
    "page_of_category": lambda products: products.page_of_category("kitchen", None),
    "create": lambda products: products.create(product(), "request-1"),
    "update": lambda products: products.update(product(), "request-1"),
    "delete": lambda products: products.delete("kettle"),
}


@pytest.mark.parametrize(("code", "status"), FAILURES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_raises_try_again(name: str, code: str, status: int) -> None:
    with pytest.raises(TryAgain):
        OPERATIONS[name](failing(code, status))


@pytest.mark.parametrize(
    ("handler", "field", "arguments"),
    [
        (graphql_get_products.handler, "getProducts", {}),
        (graphql_get_products.handler, "getProduct", {"productId": "kettle"}),
        (graphql_get_products.handler, "getProductsByCategory", {"category": "kitchen"}),
        (graphql_edit_products.handler, "createProduct", {"product": product_input()}),
        (graphql_edit_products.handler, "updateProduct", {"product": product_input()}),
        (graphql_edit_products.handler, "deleteProduct", {"productId": "kettle"}),
    ],
)
def test_graphql_answers_with_the_error_type(
    throttled: None, handler: Any, field: str, arguments: dict[str, Any]
) -> None:
    answer = handler(field_event(field, arguments), LambdaContext())
    assert answer["error"]["type"] == "TRY_AGAIN"


def test_rest_answers_503(throttled: None) -> None:
    answer = rest_validate.handler(rest_event("POST", "/backend/validate", {"products": [line()]}), LambdaContext())
    assert (answer["statusCode"], "message" in json.loads(answer["body"])) == (503, True)


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY", "EUR")
    monkeypatch.setattr(bootstrap, "products", lambda: failing(*FAILURES[0]))
    monkeypatch.setattr(bootstrap, "cdn_url", NoCdn)


def failing(code: str, status: int) -> ProductsTable:
    client: Any = FailingClient(code, status)
    return ProductsTable(client, "products")
