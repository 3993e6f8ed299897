"""Carts on the running platform, as storefronts use them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import Client, Product, Refused, new_product
from ecom_client.made import made
from ecom_client.people import Person
from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed

CART = """
  cartId currency version subtotal expiresAt
  lines { productId name quantity price priceBefore available pictures package { weight } }
"""
UPDATE = f"mutation M($input: UpdateCartInput!) {{ updateCart(input: $input) {{ {CART} }} }}"
GET = f"query Q($id: ID) {{ getCart(cartId: $id) {{ {CART} }} }}"
MERGE = f"mutation M($id: ID!) {{ mergeCart(cartId: $id) {{ {CART} }} }}"


class Anonymous:
    """A page that has the API key alone."""

    def __init__(self, platform: Platform, api_key: str) -> None:
        self._platform, self._key = platform, api_key

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self._platform.graphql(query, variables, key=self._key)
        if answer.body.get("errors"):
            raise Refused(answer.body["errors"])
        (found,) = answer.body["data"].values()
        return found


@pytest.fixture
def anonymous(platform_outside: Platform, api_key: str) -> Anonymous:
    return Anonymous(platform_outside, api_key)


@pytest.fixture
def buyer(platform_outside: Platform, shopper: Person) -> Client:
    made(shopper.user_id)
    return Client(platform_outside, shopper)


def update(who: Any, product: Any, quantity: int, **changes: Any) -> Any:
    found = who.ask(UPDATE, input={"productId": product["productId"], "quantity": quantity, **changes})
    made(found["cartId"])
    return found


def lines(cart: Any) -> list[tuple[str, int]]:
    return [(line["productId"], line["quantity"]) for line in cart["lines"]]


def test_a_cart_before_and_after_signing_in(platform_outside: Platform, anonymous: Anonymous, buyer: Client) -> None:
    kettle, cup = new_product(platform_outside, price=1000), new_product(platform_outside, price=300)
    theirs = update(anonymous, kettle, 2)
    assert (lines(theirs), theirs["subtotal"], theirs["version"]) == ([(kettle["productId"], 2)], 2000, 1)
    assert anonymous.ask(GET, id=theirs["cartId"]) == theirs
    assert anonymous.ask(GET, id="guessed") is None
    with pytest.raises(Refused) as refused:
        update(anonymous, kettle, 1, cartId="guessed")
    assert refused.value.types == ["NOT_FOUND"]
    update(buyer, cup, 1)
    own = buyer.ask(MERGE, id=theirs["cartId"])
    assert lines(own) == [(cup["productId"], 1), (kettle["productId"], 2)]
    assert buyer.ask(MERGE, id=theirs["cartId"]) == own
    assert anonymous.ask(GET, id=theirs["cartId"]) is None
    assert anonymous.ask(GET, id=own["cartId"]) is None
    assert buyer.ask(GET, id=theirs["cartId"]) == own
    for product in (kettle, cup):
        update(buyer, product, 0)
    assert lines(buyer.ask(GET, id=None)) == []


def test_prices_and_products_are_the_catalogues(platform_outside: Platform, anonymous: Anonymous) -> None:
    kettle = new_product(platform_outside, price=1000)
    cart_id = update(anonymous, kettle, 2)["cartId"]
    client, table = platform_outside.client("dynamodb"), platform_outside.parameter("products/table/name")
    key = {"productId": {"S": kettle["productId"]}}
    client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": {"N": "1500"}},
    )
    (line,) = anonymous.ask(GET, id=cart_id)["lines"]
    assert (line["price"], line["priceBefore"], line["available"]) == (1500, 1000, True)
    client.delete_item(TableName=table, Key=key)
    gone = anonymous.ask(GET, id=cart_id)
    assert (gone["subtotal"], gone["lines"][0]["available"], gone["lines"][0]["name"]) == (0, False, kettle["name"])
    with pytest.raises(Refused) as refused:
        update(anonymous, kettle, 3, cartId=cart_id)
    assert refused.value.types == ["UNKNOWN_PRODUCT"]


def test_changes_at_once_lose_nothing(platform_outside: Platform, anonymous: Anonymous) -> None:
    products = [new_product(platform_outside) for _ in range(6)]
    cart_id = update(anonymous, products[0], 1)["cartId"]

    def put(product: Product) -> None:
        """As a page does: a change that other changes keep away is sent again."""
        for _ in range(5):
            try:
                update(anonymous, product, 2, cartId=cart_id)
            except Refused as refused:
                if refused.types != ["TRY_AGAIN"]:
                    raise
            else:
                return
        pytest.fail("the change was never made")

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(put, products[1:]))
    found = anonymous.ask(GET, id=cart_id)
    assert sorted(lines(found)) == sorted((p["productId"], 1 if p is products[0] else 2) for p in products)
    assert found["version"] == 6
    with pytest.raises(Refused) as refused:
        update(anonymous, products[0], 5, cartId=cart_id, expectedVersion=5)
    assert refused.value.types == ["CONFLICT"]
