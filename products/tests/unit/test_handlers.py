"""The handlers, with the fake."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials

from ecom.catalogue_client import CatalogueClient
from ecom.http import Request, SignedClient
from ecom.limits import MAX_PRODUCT_IDS
from ecom_testkit.lambda_events import LambdaContext, field_event, rest_event
from products.tests.builders import NOON, line, product, product_input
from products.tests.fakes import NoCdn, ProductsInMemory
from products_service import bootstrap
from products_service.handlers import graphql_edit_products, graphql_get_products, rest_get_products, rest_validate
from products_service.repository import PAGE


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> ProductsInMemory:
    monkeypatch.setenv("CURRENCY", "EUR")
    fake = ProductsInMemory(product())
    monkeypatch.setattr(bootstrap, "products", lambda: fake)
    monkeypatch.setattr(bootstrap.runtime, "now", lambda: NOON)
    monkeypatch.setattr(bootstrap, "cdn_url", NoCdn)
    return fake


def shown(**changes: Any) -> dict[str, Any]:
    return {**product(**changes), "currency": "EUR"}


def ask(handler: Any, field: str, **arguments: Any) -> Any:
    return handler(field_event(field, arguments), LambdaContext())


def post(body: Any) -> tuple[int, dict[str, Any]]:
    answer = rest_validate.handler(rest_event("POST", "/backend/validate", body), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def get(**query: list[str]) -> tuple[int, dict[str, Any]]:
    answer = rest_get_products.handler(rest_event("GET", "/backend/products", query=query), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


class TestCatalogueForServices:
    @pytest.mark.parametrize("ids", [["kettle,cup,gone"], ["kettle", "cup", "gone"], ["kettle,kettle", ",cup,"]])
    def test_products_by_their_ids(self, products: ProductsInMemory, ids: list[str]) -> None:
        products.create(product(productId="cup"), "")
        products.create(product(productId="other"), "")
        status, answer = get(ids=ids)
        assert status == 200
        assert sorted(answer["products"], key=lambda one: one["productId"]) == [shown(productId="cup"), shown()]
        assert "after" not in answer

    def test_an_id_with_a_comma_is_found(self, products: ProductsInMemory) -> None:
        products.create(product(productId="cup, large"), "")
        assert get(ids=["cup, large"]) == (200, {"products": [shown(productId="cup, large")]})

    def test_a_cart_of_ids_with_commas_is_found_by_the_client(self, products: ProductsInMemory) -> None:
        """The ids are split at their commas before they are counted: the client asks for fewer of them."""
        ids = [f"lamp,{number}" if number % 2 else f"rug {number}" for number in range(MAX_PRODUCT_IDS)]
        for each in ids:
            products.create(product(productId=each), "")

        def answer(request: Request) -> tuple[int, bytes]:
            status, body = get(**parse_qs(urlsplit(request.url).query))
            return status, json.dumps(body).encode()

        signed = SignedClient(lambda: Credentials("key", "secret"), "eu-west-1", answer)
        assert set(CatalogueClient(signed, "https://products").find(ids)) == set(ids)

    @pytest.mark.parametrize("ids", [[""], [","], ["x" * 2000], ["gone"]])
    def test_ids_that_no_product_has(self, products: ProductsInMemory, ids: list[str]) -> None:
        assert get(ids=ids) == (200, {"products": []})

    def test_too_many_ids_are_refused(self, products: ProductsInMemory) -> None:
        assert get(ids=[f"p{number}" for number in range(50)])[0] == 200
        status, answer = get(ids=[f"p{number}" for number in range(51)])
        assert (status, answer) == (400, {"message": "ids must be at most 50 product ids"})

    def test_the_whole_catalogue_page_by_page(self, products: ProductsInMemory) -> None:
        for number in range(PAGE):
            products.create(product(productId=f"p{number}"), "")
        first = get()[1]
        status, second = get(after=[first["after"]])
        assert (status, len(first["products"]), len(second["products"])) == (200, PAGE, 1)
        assert "after" not in second
        assert get(after=["bad"])[0] == 400


class TestCatalogue:
    def test_all_pages(self, products: ProductsInMemory) -> None:
        for number in range(PAGE):
            products.create(product(productId=f"p{number}"), "")
        first = ask(graphql_get_products.handler, "getProducts")
        assert len(first["products"]) == PAGE
        second = ask(graphql_get_products.handler, "getProducts", nextToken=first["nextToken"])
        assert (len(second["products"]), second["nextToken"]) == (1, None)

    def test_a_product_or_null_is_returned(self, products: ProductsInMemory) -> None:
        assert ask(graphql_get_products.handler, "getProduct", productId="kettle") == shown()
        assert ask(graphql_get_products.handler, "getProduct", productId="gone") is None
        assert ask(graphql_get_products.handler, "getProduct", productId="") is None

    def test_the_products_of_a_category(self, products: ProductsInMemory) -> None:
        answer = ask(graphql_get_products.handler, "getProductsByCategory", category="kitchen")
        assert answer == {"products": [shown()], "nextToken": None}
        assert ask(graphql_get_products.handler, "getProductsByCategory", category="")["products"] == []

    def test_an_invalid_token_is_a_typed_error(self, products: ProductsInMemory) -> None:
        assert ask(graphql_get_products.handler, "getProducts", nextToken="bad")["error"]["type"] == "INVALID_TOKEN"


INVALID_KEYS = ["", "x" * 3000, "\ud800"]


@pytest.mark.parametrize("text", INVALID_KEYS)
def test_an_id_that_no_item_can_have_is_not_found_without_a_request(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> ProductsInMemory:
        raise AssertionError("DynamoDB refuses this key")

    monkeypatch.setattr(bootstrap, "products", refuse)
    assert ask(graphql_get_products.handler, "getProduct", productId=text) is None
    nothing: dict[str, Any] = {"products": [], "nextToken": None}
    assert ask(graphql_get_products.handler, "getProductsByCategory", category=text) == nothing
    assert ask(graphql_edit_products.handler, "deleteProduct", productId=text)["error"]["type"] == "NOT_FOUND"


@pytest.mark.parametrize("field", ["productId", "name", "category"])
def test_half_a_surrogate_pair_is_refused(field: str, products: ProductsInMemory) -> None:
    answer = ask(graphql_edit_products.handler, "createProduct", product=product_input(**{field: "a\ud800"}))
    assert (answer["error"]["type"], field in answer["error"]["message"]) == ("INVALID_INPUT", True)


class TestAdmin:
    def test_an_update_of_what_another_administrator_changed_is_a_conflict(self, products: ProductsInMemory) -> None:
        given = product_input(price=1)
        edit = graphql_edit_products.handler
        old = ask(edit, "updateProduct", product={**given, "expectedModifiedDate": "2020-01-01T00:00:00.000Z"})
        assert old["error"]["type"] == "CONFLICT"
        read_at = product()["modifiedDate"]
        new = ask(edit, "updateProduct", product={**given, "expectedModifiedDate": read_at})
        assert new["price"] == 1
        assert (
            ask(edit, "createProduct", product={**given, "expectedModifiedDate": ""})["error"]["type"]
            == "INVALID_INPUT"
        )

    def test_an_administrator_creates_a_product(self, products: ProductsInMemory) -> None:
        made = ask(graphql_edit_products.handler, "createProduct", product=product_input(productId="new"))
        assert made == shown(productId="new")
        assert products.get("new") == product(productId="new")

    def test_invalid_input_is_a_typed_error_and_changes_nothing(self, products: ProductsInMemory) -> None:
        answer = ask(graphql_edit_products.handler, "createProduct", product=product_input(productId="new", price=-1))
        assert answer["error"]["type"] == "INVALID_INPUT"
        assert products.get("new") is None

    def test_update_and_delete_of_an_unknown_product_are_not_found(self, products: ProductsInMemory) -> None:
        updated = ask(graphql_edit_products.handler, "updateProduct", product=product_input(productId="gone"))
        deleted = ask(graphql_edit_products.handler, "deleteProduct", productId="gone")
        assert updated["error"]["type"] == deleted["error"]["type"] == "NOT_FOUND"
        assert ask(graphql_edit_products.handler, "deleteProduct", productId="")["error"]["type"] == "NOT_FOUND"

    def test_an_administrator_deletes_a_product(self, products: ProductsInMemory) -> None:
        assert ask(graphql_edit_products.handler, "deleteProduct", productId="kettle") == shown()
        assert products.get("kettle") is None


class TestValidate:
    def test_correct_lines(self, products: ProductsInMemory) -> None:
        assert post({"products": [line()]}) == (200, {"message": "all products are as in the catalogue"})

    def test_wrong_lines_are_returned_with_the_values_of_the_catalogue(self, products: ProductsInMemory) -> None:
        status, body = post({"products": [line(), line(price=1), line(productId="gone")]})
        assert status == 200
        assert [item["productId"] for item in body["products"]] == ["kettle", "gone"]
        assert body["products"][0]["price"] == 3990

    @pytest.mark.parametrize(
        "body", ["", "{", "[]", {}, {"products": []}, {"products": [{}]}, {"products": [line()] * 51}]
    )
    def test_a_malformed_body_is_a_400_with_the_reason(self, products: ProductsInMemory, body: Any) -> None:
        status, answer = post(body)
        assert status == 400
        assert answer["message"]
