"""Searches on the running platform, as storefronts make them."""

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecom_client.journey import Refused, Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll

pytestmark = pytest.mark.deployed

STOREFRONT = Path(__file__).parents[3] / "docs" / "storefront.md"
SECONDS = 5  # in which a search finds a change
LIMIT = 60  # a busy machine, and functions that start
PRODUCT = "productId name price currency category tags pictures createdDate package { weight }"
QUERY = f"""
query Q($input: SearchInput!) {{ searchProducts(input: $input) {{
  products {{ {PRODUCT} }} total facets {{ name values {{ value count }} }} nextToken }} }}
"""
CREATE = "mutation M($product: ProductInput!) { createProduct(product: $product) { productId } }"
UPDATE = "mutation M($product: ProductInput!) { updateProduct(product: $product) { productId } }"
DELETE = "mutation M($id: ID!) { deleteProduct(productId: $id) { productId } }"
Search = Callable[..., Any]


@pytest.fixture
def word() -> str:
    """A word of letters that no other product has."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex)


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture
def search(platform_outside: Platform, api_key: str) -> Search:
    """As a page that has the API key alone."""

    def ask(**given: Any) -> Any:
        answer = platform_outside.graphql(QUERY, {"input": given}, key=api_key)
        if answer.body.get("errors"):
            raise Refused(answer.body["errors"])
        return answer.body["data"]["searchProducts"]

    return ask


def product(word: str, **fields: Any) -> dict[str, Any]:
    return {"productId": new_id(), "name": f"Kettle {word}", "price": 1_999, "package": {"weight": 900}, **fields}


def ids(result: Any) -> list[str]:
    return [each["productId"] for each in result["products"]]


def until(search: Search, expected: Callable[[Any], bool], **given: Any) -> Any:
    return poll(lambda: search(**given), expected, LIMIT, "that the search finds the change")


def test_a_product_is_found_as_the_catalogue_has_it(staff: Staff, search: Search, shopper: Person, word: str) -> None:
    kettle = product(word, category=f"Kitchen {word}", tags=[word, "steel"])
    staff.ask(CREATE, product=kettle)
    found = until(search, lambda result: result["total"] == 1, text=word)
    query = f"query Q($id: ID!) {{ getProduct(productId: $id) {{ {PRODUCT} }} }}"
    assert found["products"] == [staff.ask(query, id=kettle["productId"])]
    assert {facet["name"]: facet["values"] for facet in found["facets"]} == {
        "category": [{"value": f"Kitchen {word}", "count": 1}],
        "tag": [{"value": word, "count": 1}, {"value": "steel", "count": 1}][:: 1 if word < "steel" else -1],
        "price": [{"value": "1000-2499", "count": 1}],
        "stock": [{"value": "IN", "count": 1}],
    }
    mistyped = word[:3] + word[4:]
    for text in (word.upper(), f"kettle {word[:20]}", f"{word} kettle", mistyped, kettle["productId"]):
        assert ids(search(text=text)) == [kettle["productId"]], text
    assert search(text=f"{word} toaster")["total"] == 0
    answer = staff.platform.graphql(QUERY, {"input": {"text": word}}, token=shopper.id_token)
    assert answer.body["data"]["searchProducts"] == found


def test_a_change_is_found_within_five_seconds(staff: Staff, search: Search, word: str) -> None:
    """Of several changes one must be as quick as that: the first ones may start functions."""
    kettle = product(word)
    staff.ask(CREATE, product=kettle)
    until(search, lambda result: result["total"] == 1, text=word)
    waits: list[float] = []
    while len(waits) < 5 and min(waits, default=99.0) > SECONDS:
        price = 100 + len(waits)
        staff.ask(UPDATE, product={**kettle, "price": price})
        answered = time.monotonic()
        until(search, lambda result, price=price: result["products"][0]["price"] == price, text=word)  # type: ignore[misc]
        waits.append(time.monotonic() - answered)
    assert min(waits) <= SECONDS, f"seconds after the answer of updateProduct: {waits}"


def test_what_changes_and_goes(staff: Staff, search: Search, word: str) -> None:
    kettle = product(word, price=5_000)
    staff.ask(CREATE, product=kettle)
    until(search, lambda result: result["total"] == 1, text=word, minPrice=5_000, maxPrice=5_000)
    staff.ask(UPDATE, product={**kettle, "price": 100, "name": f"Pot {word}"})
    until(search, lambda result: result["total"] == 0, text=word, minPrice=5_000)
    assert ids(search(text=f"pot {word}", maxPrice=100)) == [kettle["productId"]]
    staff.set_stock(kettle["productId"], 3)
    levels = until(search, lambda result: stock(result) == {"LOW": 1}, text=word)
    assert levels["total"] == search(text=word, inStock=True)["total"] == 1
    staff.set_stock(kettle["productId"], 0)
    until(search, lambda result: stock(result) == {"OUT": 1}, text=word)
    assert search(text=word, inStock=True)["total"] == 0
    assert stock(search(text=word, inStock=True)) == {"OUT": 1}
    staff.ask(DELETE, id=kettle["productId"])
    until(search, lambda result: result["total"] == 0, text=word)


def stock(result: Any) -> dict[str, int]:
    (values,) = (facet["values"] for facet in result["facets"] if facet["name"] == "stock")
    return {each["value"]: each["count"] for each in values}


def test_an_event_that_contradicts_the_catalogue_changes_nothing(
    platform_outside: Platform, staff: Staff, search: Search, word: str
) -> None:
    kettle, marker = product(word), product(word, name=f"Marker {word}")
    staff.ask(CREATE, product=kettle)
    before = until(search, lambda result: result["total"] == 1, text=word)
    deleted = {**kettle, "metadata": {"eventId": new_id(), "correlationId": new_id()}}
    platform_outside.put_events(
        [
            {
                "source": "ecommerce.products",
                "detail-type": "ProductDeleted",
                "resources": [kettle["productId"]],
                "detail": deleted,
            }
        ]
    )
    staff.ask(CREATE, product=marker)  # its event comes later
    after = until(search, lambda result: result["total"] == 2, text=word)
    assert before["products"][0] in after["products"]


def test_pages_reach_every_hit_once(staff: Staff, search: Search, word: str) -> None:
    made = [product(word, price=number % 3) for number in range(7)]
    for each in made:
        staff.ask(CREATE, product=each)
    until(search, lambda result: result["total"] == 7, text=word)
    expected = {
        "PRICE_ASC": [each["productId"] for each in sorted(made, key=lambda each: (each["price"], each["productId"]))],
        "NAME": sorted(each["productId"] for each in made),
        "RELEVANCE": sorted(each["productId"] for each in made),
    }
    for sort, order in expected.items():
        found, token = [], None
        for first in (2, 1, 3, 1):
            page = search(text=word, sort=sort, first=first, nextToken=token)
            found += ids(page)
            token = page["nextToken"]
        assert (found, token) == (order, None), sort


def test_the_example_of_the_documents(platform_outside: Platform, staff: Staff, api_key: str) -> None:
    (example,) = re.findall(r"```graphql\n(query [^`]*searchProducts[^`]*)```", STOREFRONT.read_text())
    cheapest = {**product("glass"), "name": "Tea glass", "category": "kitchen", "price": 0}
    staff.ask(CREATE, product=cheapest)
    found = poll(
        lambda: platform_outside.graphql(example, key=api_key).body["data"]["searchProducts"],
        lambda result: cheapest["productId"] in ids(result),
        LIMIT,
    )
    assert [facet["name"] for facet in found["facets"]] == ["category", "tag", "price", "stock"]


def test_what_is_refused(staff: Staff, search: Search, word: str) -> None:
    for _ in range(2):
        staff.ask(CREATE, product=product(word))
    until(search, lambda result: result["total"] == 2, text=word)
    token = search(text=word, first=1)["nextToken"]
    refusals: dict[str, list[dict[str, Any]]] = {
        "INVALID_TOKEN": [
            {"text": "other", "nextToken": token},
            {"text": word, "sort": "NAME", "nextToken": token},
            {"text": word, "inStock": True, "nextToken": token},
            {"text": word, "nextToken": token[:-2] + "AA"},
            {"text": word, "nextToken": "none"},
        ],
        "INVALID_INPUT": [{"first": 0}, {"first": 51}, {"sort": "BEST"}, {"text": "x" * 201}],
    }
    for kind, inputs in refusals.items():
        for given in inputs:
            with pytest.raises(Refused) as refused:
                search(**given)
            assert refused.value.types == [kind], given
