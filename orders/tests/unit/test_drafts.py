"""What a valid request is, and what it makes."""

import uuid
from typing import Any

import pytest

from orders.tests.builders import NOON, USER, address, line, mug, request
from orders_service.drafts import InvalidOrder, read_draft


def told(given: Any) -> list[str]:
    with pytest.raises(InvalidOrder) as refusal:
        read_draft(given)
    assert {problem.code for problem in refusal.value.problems} == {"INVALID_INPUT"}
    return [problem.message for problem in refusal.value.problems]


def test_the_server_decides_owner_total_status_and_time() -> None:
    made = read_draft(request()).order(USER, NOON)
    assert made["total"] == 2 * 3990 + 4 * 990
    assert (made["userId"], made["status"], made["paymentStatus"]) == (USER, "NEW", "AUTHORISED")
    assert made["createdDate"] == made["modifiedDate"] == "2026-03-01T12:00:00.000Z"
    assert made["history"] == [{"at": made["createdDate"], "status": "NEW", "cause": "createOrder"}]


def test_a_line_keeps_what_the_contract_says() -> None:
    given = line(category="kitchen", tags=["new"], pictures=["x.jpg"], createdDate="1999", modifiedDate=None)
    given["package"] = {**given["package"], "width": None}
    (kept,) = read_draft(request(products=[given])).lines
    assert set(kept) == {"productId", "name", "package", "price", "quantity"}
    assert "width" not in kept["package"]


def test_the_id_is_of_the_user_and_the_token() -> None:
    with_token = read_draft(request(clientToken="once"))
    assert with_token.order_id(USER) == str(uuid.uuid5(uuid.UUID(USER), "once"))
    without = read_draft(request())
    assert without.order_id(USER) == str(uuid.uuid5(uuid.UUID(USER), request()["paymentToken"]))
    assert read_draft(request(clientToken="")).order_id(USER) == without.order_id(USER)
    assert without.order_id("another user") != without.order_id(USER)


def test_equal_lines_are_one() -> None:
    draft = read_draft(request(products=[line(quantity=1), mug(), line(quantity=2)]))
    assert [(each["productId"], each["quantity"]) for each in draft.lines] == [("kettle", 3), ("mug", 4)]


def test_a_quantity_that_is_not_said_is_one() -> None:
    (kept,) = read_draft(request(products=[line(quantity=None)])).lines
    assert kept["quantity"] == 1


def test_lines_of_one_product_at_two_prices_stay_two_for_the_catalogue_to_judge() -> None:
    draft = read_draft(request(products=[line(price=1), line()]))
    assert [each["price"] for each in draft.lines] == [1, 3990]


SAME: list[dict[str, Any]] = [
    {},
    {"products": [mug(), line()]},
    {"products": [line(quantity=1), mug(), line(quantity=1)]},
    {"products": [line(tags=["x"]), mug(category="y")]},
    {"address": address(state=None)},
    {"clientToken": None},
]
OTHER: list[dict[str, Any]] = [
    {"products": [line()]},
    {"products": [line(quantity=3), mug()]},
    {"products": [line(price=1), mug()]},
    {"products": [line(name="Pot"), mug()]},
    {"address": address(city="Elsewhere")},
    {"deliveryPrice": 1},
    {"paymentToken": "another"},
]


@pytest.mark.parametrize("changes", SAME)
def test_the_same_content_has_the_same_hash(changes: dict[str, Any]) -> None:
    assert read_draft(request(**changes)).content_hash() == read_draft(request()).content_hash()


@pytest.mark.parametrize("changes", OTHER)
def test_other_content_has_another_hash(changes: dict[str, Any]) -> None:
    assert read_draft(request(**changes)).content_hash() != read_draft(request()).content_hash()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"products": []}, "products"),
        ({"products": None}, "products"),
        ({"products": [line(productId=f"p{number}") for number in range(51)]}, "products"),
        ({"products": [line(quantity=0)]}, "products[0].quantity"),
        ({"products": [line(quantity=-5)]}, "products[0].quantity"),
        ({"products": [line(), mug(quantity=1001)]}, "products[1].quantity"),
        ({"products": [line(quantity=True)]}, "products[0].quantity"),
        ({"products": [line(quantity=600), line(quantity=600)]}, "quantity of 'kettle'"),
        ({"products": [line(quantity=600), line(quantity=600, price=1)]}, "quantity of 'kettle'"),
        ({"products": [line(price=-1)]}, "products[0].price"),
        ({"products": [line(price=2**31)]}, "products[0].price"),
        ({"products": [line(price=1.5)]}, "products[0].price"),
        ({"products": [line(productId="")]}, "products[0].productId"),
        ({"products": [line(productId="x" * 201)]}, "products[0].productId"),
        ({"products": [line(name="x" * 501)]}, "products[0].name"),
        ({"products": [line(name="a\ud800")]}, "products[0].name"),
        ({"products": [line(package=None)]}, "products[0].package"),
        ({"products": [line(package={"width": -1})]}, "products[0].package.width"),
        ({"products": [line(package={"depth": 1})]}, "depth"),
        ({"products": [line(total=1)]}, "total"),
        ({"products": ["kettle"]}, "products[0]"),
        ({"products": [line(price=2**31 - 1, quantity=2)]}, "total"),
        ({"products": [line(price=2**31 - 1, quantity=1)], "deliveryPrice": 1}, "total"),
        ({"address": None}, "address"),
        ({"address": address(country="Denmark")}, "address.country"),
        ({"address": address(country="D1")}, "address.country"),
        ({"address": address(country="æø")}, "address.country"),
        ({"address": address(country=None)}, "address.country"),
        ({"address": address(name=" ")}, "address.name"),
        ({"address": address(streetAddress="x" * 501)}, "address.streetAddress"),
        ({"address": address(phoneNumber="0" * 51)}, "address.phoneNumber"),
        ({"address": address(secret="x")}, "secret"),
        ({"deliveryPrice": -1}, "deliveryPrice"),
        ({"deliveryPrice": None}, "deliveryPrice"),
        ({"paymentToken": ""}, "paymentToken"),
        ({"paymentToken": "x" * 201}, "paymentToken"),
        ({"clientToken": "x" * 201}, "clientToken"),
        ({"total": 1}, "total"),
        ({"userId": "somebody"}, "userId"),
        ({"status": "FULFILLED"}, "status"),
    ],
)
def test_what_breaks_a_rule_is_named(changes: dict[str, Any], named: str) -> None:
    assert any(named in message for message in told(request(**changes)))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = request(products=[line(price=-1), mug(quantity=0)], address=address(name="", country="1"), deliveryPrice=-1)
    assert len(told(wrong)) == 5


def test_what_no_event_could_carry_is_refused() -> None:
    def fifty(character: str) -> list[dict[str, Any]]:
        return [line(productId=f"p{number}", name=character * 500, price=0) for number in range(50)]

    assert len(read_draft(request(products=fifty("\N{SNOWMAN}"))).lines) == 50
    (message,) = told(request(products=fifty("\N{GRINNING FACE}")))
    assert "too large" in message


def test_optional_texts_that_say_nothing_are_left_out() -> None:
    draft = read_draft(request(address=address(companyName=None, postCode="", state=" ", phoneNumber="")))
    assert set(draft.address) == {"name", "streetAddress", "city", "country"}
