"""The deployed catalogue: REST, GraphQL and events. The same tests run against the local cloud and AWS."""

from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.dynamo import typed
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform, send
from products.tests.builders import line, product, product_input

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.products"


@pytest.fixture
def url(platform_outside: Platform) -> str:
    return platform_outside.parameter("products/api/url") + "/backend/validate"


@pytest.fixture
def kettle(platform_outside: Platform) -> dict[str, Any]:
    """A product that is written to the table directly."""
    dynamodb = platform_outside.client("dynamodb")
    table = platform_outside.parameter("products/table/name")
    item = dict(product(productId=new_id(), category=new_id()))
    dynamodb.put_item(TableName=table, Item=typed(item))
    return item


class TestRest:
    def test_correct_lines(self, platform_outside: Platform, url: str, kettle: dict[str, Any]) -> None:
        answer = platform_outside.signed("POST", url, {"products": [line(productId=kettle["productId"])] * 3})
        assert answer.status == 200
        assert set(answer.body) == {"message"}

    def test_wrong_lines_are_returned_with_the_values_of_the_catalogue(
        self, platform_outside: Platform, url: str, kettle: dict[str, Any]
    ) -> None:
        correct, cheap = line(productId=kettle["productId"]), line(productId=kettle["productId"], price=1, quantity=50)
        gone = line(productId="unknown-product")
        answer = platform_outside.signed("POST", url, {"products": [cheap, correct, gone]})
        assert answer.status == 200
        assert answer.body["products"] == [{**kettle, "quantity": 50}, gone]

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            (None, "body"),
            (b"{", ""),
            ([], ""),
            ({}, "products"),
            ({"products": []}, "products"),
            ({"products": [line()] * 51}, "products"),
            ({"products": [{"productId": "x"}]}, "price"),
            ({"products": [line(quantity=0)]}, "quantity"),
            ({"products": [line(quantity=-5)]}, "quantity"),
            ({"products": [line(price=-1)]}, "price"),
            ({"products": [line(price="1")]}, "price"),
            ({"products": [line(total=1)]}, "total"),
            ({"products": [line(productId=7)]}, "productId"),
        ],
    )
    def test_a_malformed_body_is_a_400_that_names_the_field(
        self, platform_outside: Platform, url: str, body: Any, place: str
    ) -> None:
        answer = platform_outside.signed("POST", url, body)
        assert answer.status == 400
        assert place in answer.body["message"]

    def test_products_by_their_ids(self, platform_outside: Platform, url: str, kettle: dict[str, Any]) -> None:
        products = url.replace("/validate", "/products")
        product_id = kettle["productId"]
        for query in (f"ids={product_id}%2Cgone", f"ids={product_id}&ids=gone", f"ids={product_id}&ids=a%20b"):
            answer = platform_outside.signed("GET", f"{products}?{query}")
            (found,) = answer.body["products"]
            assert (answer.status, found["productId"], found["price"]) == (200, product_id, kettle["price"])
        assert platform_outside.signed("GET", f"{products}?ids={'%2C'.join(map(str, range(51)))}").status == 400
        assert platform_outside.signed("GET", f"{products}?after=bad").status == 400
        assert send("GET", f"{products}?ids={product_id}").status == 403

    def test_unsigned_and_wrongly_signed_requests_are_refused(self, platform_outside: Platform, url: str) -> None:
        unsigned = send("POST", url, {"products": [line()]})
        assert (unsigned.status, list(unsigned.body)) == (403, ["message"])
        for key, secret in (("test", "test"), ("123456789012", "any"), ("AKIAUNKNOWN000000000", "x")):
            badly = platform_outside.signed("POST", url, {"products": [line()]}, Credentials(key, secret))
            assert (badly.status, list(badly.body)) == (403, ["message"]), key

    def test_other_methods_and_paths_are_refused(self, platform_outside: Platform, url: str) -> None:
        assert platform_outside.signed("GET", url).status == 403
        assert platform_outside.signed("POST", f"{url}/more", {}).status == 403


PRODUCT = (
    "productId name price currency category tags pictures createdDate modifiedDate quantity "
    "package {width length height weight}"
)
CREATE = f"mutation M($product: ProductInput!) {{ createProduct(product: $product) {{ {PRODUCT} }} }}"
UPDATE = f"mutation M($product: ProductInput!) {{ updateProduct(product: $product) {{ {PRODUCT} }} }}"
DELETE = f"mutation M($id: ID!) {{ deleteProduct(productId: $id) {{ {PRODUCT} }} }}"
GET = f"query Q($id: ID!) {{ getProduct(productId: $id) {{ {PRODUCT} }} }}"
PAGE = f"query Q($token: String) {{ getProducts(nextToken: $token) {{ products {{ {PRODUCT} }} nextToken }} }}"
CATEGORY = (
    "query Q($category: String!, $token: String) "
    "{ getProductsByCategory(category: $category, nextToken: $token) { products { productId } nextToken } }"
)


class TestGraphQL:
    def test_an_administrator_edits_the_catalogue(self, platform_outside: Platform, admin: Person) -> None:
        given = product_input(productId=new_id())

        def ask(query: str, **variables: Any) -> Any:
            answer = platform_outside.graphql(query, variables, token=admin.id_token)
            assert "errors" not in answer.body, answer.body
            return answer.body["data"]

        made = ask(CREATE, product=given)["createProduct"]
        assert {key: made[key] for key in given} == given
        assert made["createdDate"].endswith("Z")
        assert ask(CREATE, product=given)["createProduct"] == made, "a retry creates nothing new"
        assert made["currency"] == platform_outside.parameter("platform/currency")
        changed = ask(UPDATE, product={**given, "price": 1, "currency": made["currency"]})["updateProduct"]
        assert (changed["price"], changed["createdDate"]) == (1, made["createdDate"])
        assert ask(GET, id=given["productId"])["getProduct"] == changed
        outdated = {**given, "price": 2, "expectedModifiedDate": made["modifiedDate"]}
        answer = platform_outside.graphql(UPDATE, {"product": outdated}, token=admin.id_token)
        assert [error["errorType"] for error in answer.body["errors"]] == ["CONFLICT"]
        present = {**outdated, "expectedModifiedDate": changed["modifiedDate"]}
        changed = ask(UPDATE, product=present)["updateProduct"]
        assert changed["price"] == 2
        assert ask(DELETE, id=given["productId"])["deleteProduct"] == changed
        assert ask(GET, id=given["productId"])["getProduct"] is None

    def test_errors_are_typed(self, platform_outside: Platform, admin: Person) -> None:
        for query, variables, kind in (
            (UPDATE, {"product": product_input(productId="unknown-product")}, "NOT_FOUND"),
            (DELETE, {"id": "unknown-product"}, "NOT_FOUND"),
            (CREATE, {"product": product_input(price=-1)}, "INVALID_INPUT"),
            (CREATE, {"product": product_input(quantity=0)}, "INVALID_INPUT"),
            (CREATE, {"product": product_input(currency="XTS")}, "INVALID_INPUT"),
            (CREATE, {"product": product_input(name="two\nlines")}, "INVALID_INPUT"),
            (UPDATE, {"product": product_input(productId="unknown\u202eproduct")}, "INVALID_INPUT"),
            (PAGE, {"token": "bad"}, "INVALID_TOKEN"),
        ):
            answer = platform_outside.graphql(query, variables, token=admin.access_token)
            assert [error["errorType"] for error in answer.body["errors"]] == [kind], query

    def test_a_storefront_reads_with_an_api_key(
        self, platform_outside: Platform, api_key: str, kettle: dict[str, Any]
    ) -> None:
        answer = platform_outside.graphql(GET, {"id": kettle["productId"]}, key=api_key)
        assert answer.body["data"]["getProduct"] == {
            **kettle,
            "quantity": None,
            "currency": platform_outside.parameter("platform/currency"),
        }

    def test_all_pages_of_a_category_list_each_product_once(
        self, platform_outside: Platform, api_key: str, kettle: dict[str, Any]
    ) -> None:
        dynamodb = platform_outside.client("dynamodb")
        table = platform_outside.parameter("products/table/name")
        ids = [f"{kettle['productId']}-{number:02}" for number in range(41)]
        for product_id in ids:
            dynamodb.put_item(TableName=table, Item=typed({**kettle, "productId": product_id}))
        found: list[str] = []
        token = None
        while True:
            variables = {"category": kettle["category"], "token": token}
            page = platform_outside.graphql(CATEGORY, variables, key=api_key).body["data"]["getProductsByCategory"]
            found += [item["productId"] for item in page["products"]]
            token = page["nextToken"]
            if token is None:
                break
        assert sorted(found) == sorted([kettle["productId"], *ids])


class TestEvents:
    def test_every_change_of_a_product_is_published(self, platform_outside: Platform, admin: Person) -> None:
        given = product_input(productId=new_id())
        with platform_outside.events(SOURCE) as caught:
            for query, variables in (
                (CREATE, {"product": given}),
                (UPDATE, {"product": {**given, "price": 1}}),
                (DELETE, {"id": given["productId"]}),
            ):
                assert "errors" not in platform_outside.graphql(query, variables, token=admin.id_token).body
            created = caught.wait_for(given["productId"], "ProductCreated")
            modified = caught.wait_for(given["productId"], "ProductModified")
            deleted = caught.wait_for(given["productId"], "ProductDeleted")
        assert created["detail"]["price"] == given["price"]
        assert modified["detail"]["changed"] == ["modifiedDate", "price"]
        assert deleted["detail"]["price"] == 1
        assert [event["detail"]["metadata"]["sequence"] for event in (created, modified)] == [1, 2]

    def test_a_product_that_is_written_to_the_table_directly_is_published(self, platform_outside: Platform) -> None:
        dynamodb = platform_outside.client("dynamodb")
        table = platform_outside.parameter("products/table/name")
        item = product(productId=new_id())
        with platform_outside.events(SOURCE) as caught:
            dynamodb.put_item(TableName=table, Item=typed(item))
            event = caught.wait_for(item["productId"], "ProductCreated")
        metadata = event["detail"].pop("metadata")
        assert event["detail"] == item
        assert "sequence" not in metadata
        assert metadata["eventId"]
