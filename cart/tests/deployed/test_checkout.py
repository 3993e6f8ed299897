"""Checkout on the running platform, as storefronts use it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cart.tests.deployed.test_cart import GET, lines, update
from cart_service.checkout_requests import read_request
from ecom.dynamo import typed
from ecom.order_ids import order_id_of
from ecom_client.journey import ADDRESS, Shopper, new_product, total_of
from ecom_client.made import made, new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Answer, Platform, send
from ecom_client.polling import poll

pytestmark = pytest.mark.deployed

PAGE = {"Origin": "https://shop.example"}


class Till:
    """A shopper with a cart, and POST /checkout."""

    def __init__(self, platform: Platform, person: Person) -> None:
        self.shopper, self.platform = Shopper(platform, person), platform
        self.url = platform.parameter("cart/api/url") + "/checkout"
        # The status for a new order. After a 503, the order of a repeated request may be known already.
        self.created = {201}

    def ask(self, query: str, **variables: Any) -> Any:
        return self.shopper.ask(query, **variables)

    def check_out(self, body: dict[str, Any], token: str | None = None) -> Answer:
        """As a storefront: TRY_AGAIN is sent again."""
        made(order_id_of(self.shopper.person.user_id, str(body.get("clientToken") or body["paymentToken"])))
        headers = {**PAGE, "Authorization": self.shopper.person.id_token if token is None else token}
        return poll(lambda: self._send(body, headers), lambda answer: answer.status != 503, seconds=30)

    def _send(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        answer = send("POST", self.url, body, headers)
        if answer.status == 503:
            self.created = {200, 201}
        return answer

    def body(self, amount: int, **more: Any) -> dict[str, Any]:
        return {"address": ADDRESS, "paymentToken": self.shopper.hold(amount), **more}

    def cart(self) -> list[tuple[str, int]]:
        return lines(self.ask(GET, id=None))

    def wait_for_cart(self, *expected: tuple[str, int]) -> None:
        poll(self.cart, lambda found: found == list(expected), seconds=30)

    def price(self, *products: Any) -> tuple[int, int]:
        """The delivery price and the total of these lines."""
        delivery = self.shopper.delivery_price(products)
        return delivery, total_of(products, delivery)


@pytest.fixture
def till(platform_outside: Platform) -> Iterator[Till]:
    with temporary_user(platform_outside) as person:
        made(person.user_id)
        yield Till(platform_outside, person)


@pytest.fixture
def kettle(platform_outside: Platform) -> Any:
    return new_product(platform_outside, price=1000)


@pytest.fixture
def cup(platform_outside: Platform) -> Any:
    return new_product(platform_outside, price=300)


def codes(answer: Answer) -> list[str]:
    return [problem["code"] for problem in answer.body["problems"]]


def test_a_cart_becomes_an_order_and_is_empty_afterwards(till: Till, kettle: Any, cup: Any) -> None:
    update(till, kettle, 2)
    version = update(till, cup, 1)["version"]
    delivery, total = till.price({**kettle, "quantity": 2}, {**cup, "quantity": 1})
    prices = [{"productId": kettle["productId"], "price": 1000}]
    body = till.body(total, deliveryPrice=delivery, total=total, prices=prices, cartVersion=version)
    answer = till.check_out(body)
    assert answer.status in till.created, answer.body
    order = answer.body["order"]
    assert (order["total"], order["status"], order["userId"]) == (total, "NEW", till.shopper.person.user_id)
    assert "paymentToken" not in order
    assert till.shopper.known(order["orderId"])["products"] == order["products"]
    till.wait_for_cart()
    update(till, cup, 3)
    again = till.check_out(body)
    assert (again.status, again.body["order"]["orderId"]) == (200, order["orderId"])
    assert codes(till.check_out({**body, "total": total + 1})) == ["IDEMPOTENCY_MISMATCH"]
    assert till.cart() == [(cup["productId"], 3)]
    update(till, cup, 0)


def test_what_is_refused_leaves_the_cart_and_the_token(till: Till, kettle: Any) -> None:
    update(till, kettle, 0)
    assert codes(till.check_out(till.body(1))) == ["EMPTY_CART"]
    version = update(till, kettle, 2)["version"]
    delivery, total = till.price({**kettle, "quantity": 2})
    body = till.body(total)
    assert codes(till.check_out({**body, "cartVersion": version + 1})) == ["CART_CHANGED"]
    changed = till.check_out({**body, "total": total + 1, "deliveryPrice": delivery})
    assert [(each["code"], each["expected"], each["given"]) for each in changed.body["problems"]] == [
        ("TOTAL_CHANGED", total, total + 1)
    ]
    prices = [{"productId": kettle["productId"], "price": 999}]
    assert codes(till.check_out({**body, "prices": prices})) == ["PRICE_CHANGED"]
    assert codes(till.check_out({**body, "paymentToken": new_id()})) == ["PAYMENT_REFUSED"]
    assert till.cart() == [(kettle["productId"], 2)]
    assert till.check_out(body).status in till.created
    till.wait_for_cart()


def test_a_price_that_changed_since_the_line_was_put_in(till: Till, platform_outside: Platform, kettle: Any) -> None:
    update(till, kettle, 1)
    platform_outside.client("dynamodb").update_item(
        TableName=platform_outside.parameter("products/table/name"),
        Key=typed({"productId": kettle["productId"]}),
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": {"N": "1500"}},
    )
    _, total = till.price({**kettle, "price": 1500, "quantity": 1})
    body = till.body(total)
    refused = till.check_out({**body, "prices": [{"productId": kettle["productId"], "price": 1000}]})
    assert [(each["code"], each["expected"]) for each in refused.body["problems"]] == [("PRICE_CHANGED", 1500)]
    assert till.check_out(body).body["order"]["total"] == total
    till.wait_for_cart()


def test_checkouts_at_once_make_one_order(till: Till, kettle: Any) -> None:
    update(till, kettle, 1)
    _, total = till.price({**kettle, "quantity": 1})
    body = till.body(total)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: till.check_out(body), range(4)))
    *repeats, first = sorted(answer.status for answer in answers)
    assert (repeats, first in till.created) == ([200, 200, 200], True)
    assert len({answer.body["order"]["orderId"] for answer in answers}) == 1
    till.wait_for_cart()


def test_a_checkout_that_died_half_way_is_completed(till: Till, platform_outside: Platform, kettle: Any) -> None:
    """The function ended after it stored the checkout. The same request goes on with those lines."""
    update(till, kettle, 2)
    _, total = till.price({**kettle, "quantity": 2})
    body = till.body(total)
    client, table = platform_outside.client("dynamodb"), platform_outside.parameter("cart/checkouts-table/name")
    person = till.shopper.person
    order_id, content_hash = order_id_of(person.user_id, body["paymentToken"]), read_request(body).content_hash()
    lines_stored = [{"productId": kettle["productId"], "quantity": 2}]
    dead = {"orderId": order_id, "userId": person.user_id, "contentHash": content_hash, "lines": lines_stored}
    client.put_item(TableName=table, Item=typed({**dead, "createdDate": "2026-03-01T12:00:00.000Z"}))
    update(till, kettle, 5)
    answer = till.check_out(body)
    assert (answer.status, answer.body["order"]["orderId"]) == (200, order_id)
    assert [line["quantity"] for line in answer.body["order"]["products"]] == [2]
    till.wait_for_cart((kettle["productId"], 3))
    stored = client.get_item(TableName=table, Key=typed({"orderId": order_id}), ConsistentRead=True)["Item"]
    assert "settledDate" in stored
    update(till, kettle, 0)


def test_an_order_of_createorder_leaves_the_cart_as_it_is(till: Till, kettle: Any, cup: Any) -> None:
    update(till, kettle, 2)
    order = till.shopper.buy([{**kettle, "quantity": 1}])
    assert codes(till.check_out({"address": ADDRESS, "paymentToken": order["paymentToken"]})) == [
        "IDEMPOTENCY_MISMATCH"
    ]
    update(till, cup, 1)
    _, total = till.price({**kettle, "quantity": 2}, {**cup, "quantity": 1})
    assert till.check_out(till.body(total)).status in till.created
    till.wait_for_cart()  # the later order has left the cart: both units were still there


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_a_token_of_a_user_is_needed(till: Till, prefix: str) -> None:
    body = {"address": ADDRESS, "paymentToken": new_id()}
    person = till.shopper.person
    assert codes(till.check_out(body, f"{prefix}{person.id_token}")) == ["EMPTY_CART"]
    for token in ("", "nonsense", person.access_token, person.id_token[:-6] + "AAAAAA"):
        answer = till.check_out(body, f"{prefix}{token}")
        assert (answer.status, answer.body) == (401, {"message": "Unauthorized"})
        assert headers_of(answer)["access-control-allow-origin"] == "*"
    assert send("POST", till.url, body).status == 401
    assert till.platform.signed("POST", till.url, body).status == 401, "a signature is no token"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"paymentToken": None}, "paymentToken"),
        ({"paymentToken": 7}, "paymentToken"),
        ({"address": {"city": "X"}}, "address"),
        ({"address": {**ADDRESS, "country": "Denmark"}}, "address.country"),
        ({"total": "much"}, "total"),
        ({"cartVersion": -1}, "cartVersion"),
        ({"userId": "another"}, "userId"),
        ({"products": []}, "products"),
    ],
)
def test_a_malformed_body_is_a_400_that_names_the_field(till: Till, kettle: Any, change: Any, place: str) -> None:
    update(till, kettle, 1)
    answer = till.check_out({"address": ADDRESS, "paymentToken": new_id(), **change})
    assert answer.status == 400, answer.body
    assert place in answer.body["message"]
    assert headers_of(answer)["access-control-allow-origin"] == "*"


def test_a_page_of_another_origin_may_call_it(till: Till) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    headers = headers_of(answer := send("OPTIONS", till.url, headers={**PAGE, **asked}))
    assert (answer.status, headers["access-control-allow-origin"]) == (200, "*")
    assert "authorization" in headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in headers


def headers_of(answer: Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
