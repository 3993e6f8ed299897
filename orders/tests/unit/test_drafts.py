"""Validation of the input of createOrder, and the order that is made of it."""

import uuid
from typing import Any

import pytest

from ecom.limits import DIMENSIONS, MAX_INT
from orders.tests.builders import NOON, USER, address, draft_of, kettle, mug, request
from orders_service.domain import HistoryEntry
from orders_service.drafts import InvalidOrder
from orders_service.rows import item_from_line


def refusals(given: Any) -> list[str]:
    with pytest.raises(InvalidOrder) as refusal:
        draft_of(given)
    assert {problem.code for problem in refusal.value.problems} == {"INVALID_INPUT"}
    return [problem.message for problem in refusal.value.problems]


def test_the_server_decides_owner_total_status_and_time() -> None:
    order = draft_of(request()).order(USER, NOON, "request-1")
    assert order.total == 2 * 3990 + 4 * 990
    assert (order.user_id, order.status, order.payment_status) == (USER, "NEW", "AUTHORISED")
    assert order.created_date == order.modified_date == "2026-03-01T12:00:00.000Z"
    assert order.history == (HistoryEntry(order.created_date, "NEW", "createOrder"),)
    assert (order.version, order.correlation_id) == (1, "request-1")


def test_a_stored_line_has_the_fields_of_the_contract() -> None:
    given = kettle(category="kitchen", tags=["new"], pictures=["x.jpg"], createdDate="1999", modifiedDate=None)
    given["package"] = {**given["package"], "width": None}
    (line,) = draft_of(request(products=[given])).lines
    assert set(item_from_line(line)) == {"productId", "name", "package", "price", "quantity"}
    assert "width" not in (line.package or {})


def test_every_package_that_a_product_may_have_can_be_ordered() -> None:
    largest = dict.fromkeys(DIMENSIONS, MAX_INT)
    (line,) = draft_of(request(products=[kettle(package=largest)])).lines
    assert line.package == largest


def test_the_id_depends_on_the_user_and_the_token() -> None:
    with_token = draft_of(request(clientToken="once"))
    assert with_token.order_id(USER) == str(uuid.uuid5(uuid.UUID(USER), "once"))
    without = draft_of(request())
    assert without.order_id(USER) == str(uuid.uuid5(uuid.UUID(USER), request()["paymentToken"]))
    assert draft_of(request(clientToken="")).order_id(USER) == without.order_id(USER)
    assert without.order_id("another user") != without.order_id(USER)


def test_equal_lines_are_merged() -> None:
    draft = draft_of(request(products=[kettle(quantity=1), mug(), kettle(quantity=2)]))
    assert [(line.product_id, line.quantity) for line in draft.lines] == [("kettle", 3), ("mug", 4)]


def test_a_missing_quantity_is_one() -> None:
    (line,) = draft_of(request(products=[kettle(quantity=None)])).lines
    assert line.quantity == 1


def test_lines_of_one_product_at_two_prices_are_not_merged() -> None:
    draft = draft_of(request(products=[kettle(price=1), kettle()]))
    assert [line.price for line in draft.lines] == [1, 3990]


SAME: list[dict[str, Any]] = [
    {},
    {"products": [mug(), kettle()]},
    {"products": [kettle(quantity=1), mug(), kettle(quantity=1)]},
    {"products": [kettle(tags=["x"]), mug(category="y")]},
    {"address": address(state=None)},
    {"clientToken": None},
]
OTHER: list[dict[str, Any]] = [
    {"products": [kettle()]},
    {"products": [kettle(quantity=3), mug()]},
    {"products": [kettle(price=1), mug()]},
    {"products": [kettle(name="Pot"), mug()]},
    {"address": address(city="Elsewhere")},
    {"deliveryPrice": 1},
    {"paymentToken": "another"},
]


@pytest.mark.parametrize("changes", SAME)
def test_the_same_content_has_the_same_hash(changes: dict[str, Any]) -> None:
    assert draft_of(request(**changes)).content_hash() == draft_of(request()).content_hash()


def test_the_hash_of_stored_orders_does_not_change() -> None:
    """Retries of requests whose order was created by an earlier version find it by its hash."""
    assert draft_of(request()).content_hash() == "LOxR0pL49zOjE4ZEQSz_kA"
    other = request(products=[mug(), kettle(quantity=1, price=5)], address=address(companyName=None))
    assert draft_of(other).content_hash() == "nD7REaPKqOzyB6cVD4dOAQ"


@pytest.mark.parametrize("changes", OTHER)
def test_different_content_has_another_hash(changes: dict[str, Any]) -> None:
    assert draft_of(request(**changes)).content_hash() != draft_of(request()).content_hash()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"products": []}, "products"),
        ({"products": None}, "products"),
        ({"products": [kettle(productId=f"p{number}") for number in range(51)]}, "products"),
        ({"products": [kettle(quantity=0)]}, "products[0].quantity"),
        ({"products": [kettle(quantity=-5)]}, "products[0].quantity"),
        ({"products": [kettle(), mug(quantity=1001)]}, "products[1].quantity"),
        ({"products": [kettle(quantity=True)]}, "products[0].quantity"),
        ({"products": [kettle(quantity=600), kettle(quantity=600)]}, "quantity of 'kettle'"),
        ({"products": [kettle(quantity=600), kettle(quantity=600, price=1)]}, "quantity of 'kettle'"),
        ({"products": [kettle(price=-1)]}, "products[0].price"),
        ({"products": [kettle(price=2**31)]}, "products[0].price"),
        ({"products": [kettle(price=1.5)]}, "products[0].price"),
        ({"products": [kettle(productId="")]}, "products[0].productId"),
        ({"products": [kettle(productId="x" * 201)]}, "products[0].productId"),
        ({"products": [kettle(name="x" * 501)]}, "products[0].name"),
        ({"products": [kettle(name="a\ud800")]}, "products[0].name"),
        ({"products": [kettle(package=None)]}, "products[0].package"),
        ({"products": [kettle(package={"width": -1})]}, "products[0].package.width"),
        ({"products": [kettle(package={"width": 2**31})]}, "products[0].package.width"),
        ({"products": [kettle(package={"depth": 1})]}, "depth"),
        ({"products": [kettle(total=1)]}, "total"),
        ({"products": ["kettle"]}, "products[0]"),
        ({"products": [kettle(price=2**31 - 1, quantity=2)]}, "total"),
        ({"products": [kettle(price=2**31 - 1, quantity=1)], "deliveryPrice": 1}, "total"),
        ({"address": None}, "address"),
        ({"address": address(country="Denmark")}, "address.country"),
        ({"address": address(country="D1")}, "address.country"),
        ({"address": address(country="æø")}, "address.country"),
        ({"address": address(country=None)}, "address.country"),
        ({"address": address(name=" ")}, "address.name"),
        ({"address": address(streetAddress="x" * 501)}, "address.streetAddress"),
        ({"address": address(phoneNumber="0" * 51)}, "address.phoneNumber"),
        ({"address": address(name="Jo\u0000")}, "address.name"),
        ({"address": address(streetAddress="1 Street \u202e5")}, "address.streetAddress"),
        ({"address": address(secret="x")}, "secret"),
        ({"deliveryPrice": -1}, "deliveryPrice"),
        ({"deliveryPrice": None}, "deliveryPrice"),
        ({"paymentToken": ""}, "paymentToken"),
        ({"paymentToken": "x" * 201}, "paymentToken"),
        ({"clientToken": "x" * 201}, "clientToken"),
        ({"total": 1}, "total"),
        ({"userId": "another-user"}, "userId"),
        ({"status": "FULFILLED"}, "status"),
    ],
)
def test_an_invalid_field_is_named(changes: dict[str, Any], named: str) -> None:
    assert any(named in message for message in refusals(request(**changes)))


def test_all_problems_are_returned_at_once() -> None:
    wrong = request(
        products=[kettle(price=-1), mug(quantity=0)], address=address(name="", country="1"), deliveryPrice=-1
    )
    assert len(refusals(wrong)) == 5


def test_an_order_that_is_too_large_for_an_event_is_refused() -> None:
    def fifty(character: str) -> list[dict[str, Any]]:
        return [kettle(productId=f"p{number}", name=character * 500, price=0) for number in range(50)]

    assert len(draft_of(request(products=fifty("\N{SNOWMAN}"))).lines) == 50
    (message,) = refusals(request(products=fifty("\N{GRINNING FACE}")))
    assert "too large" in message


def test_blank_optional_fields_are_left_out() -> None:
    draft = draft_of(request(address=address(companyName=None, postCode="", state=" ", phoneNumber="")))
    assert set(draft.address) == {"name", "streetAddress", "city", "country"}


def test_a_line_may_name_the_currency_and_no_other() -> None:
    given = request(products=[kettle(currency="EUR"), mug()])
    assert draft_of(given).content_hash() == draft_of(request()).content_hash()
    assert draft_of(given).order(USER, NOON, "request-1").currency == "EUR"
    with pytest.raises(InvalidOrder) as refused:
        draft_of(request(products=[kettle(currency="DKK"), mug()]))
    assert [problem.message for problem in refused.value.problems] == ["products[0].currency must be EUR"]
