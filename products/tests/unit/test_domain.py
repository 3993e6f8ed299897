"""What a valid product is, and how order lines are compared with the catalogue."""

from typing import Any

import pytest

from ecom.errors import InvalidInput
from products.tests.builders import NOON, line, product, product_input
from products_service.domain import LENGTHS, check_lines, new_product, public


def test_the_server_decides_the_time_and_keeps_no_quantity() -> None:
    given = product_input(createdDate="1999-01-01", modifiedDate="1999-01-01", quantity=3)
    assert new_product(given, NOON) == product()


def test_fields_that_are_null_are_left_out() -> None:
    given = product_input(category=None, tags=None, pictures=None, package={"width": 1, "weight": None})
    made = new_product(given, NOON)
    assert not {"category", "tags", "pictures"} & set(made)
    assert made["package"] == {"width": 1}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"price": -1}, "price"),
        ({"price": 2**31}, "price"),
        ({"price": True}, "price"),
        ({"price": 1.5}, "price"),
        ({"price": None}, "price"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1001}, "quantity"),
        ({"productId": ""}, "productId"),
        ({"productId": "x" * 201}, "productId"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"category": ""}, "category"),
        ({"tags": ["x"] * 101}, "tags"),
        ({"pictures": [None]}, "pictures"),
        ({"package": None}, "package"),
        ({"package": {"width": -1}}, "package.width"),
        ({"package": {"depth": 1}}, "depth"),
        ({"userId": "somebody"}, "userId"),
    ],
)
def test_a_bad_field_is_refused_by_its_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        new_product(product_input(**changes), NOON)


# DynamoDB counts the bytes of a key, we count characters: of four bytes at most.
@pytest.mark.parametrize("name", ["productId", "category"])
def test_what_is_accepted_is_a_key_of_the_table_and_its_index(name: str) -> None:
    longest = "\U0001f6d2" * LENGTHS[name]
    assert len(new_product(product_input(**{name: longest}), NOON)[name].encode()) <= 1024
    with pytest.raises(InvalidInput, match=name):
        new_product(product_input(**{name: longest + "x"}), NOON)


def test_right_lines_are_right_however_many_name_one_product() -> None:
    assert check_lines([line(), line(quantity=1000)], {"kettle": product()}) == []


def test_each_line_is_checked_on_its_own() -> None:
    """One right line does not buy fifty at price 1."""
    wrong = check_lines([line(price=1, quantity=50), line()], {"kettle": product()})
    assert [item.should_be["price"] for item in wrong] == [3990]
    assert wrong[0].should_be["quantity"] == 50
    assert "price" in wrong[0].reason


@pytest.mark.parametrize("changes", [{"name": "Other"}, {"price": 3989}, {"package": {"width": 1}}])
def test_name_price_and_package_are_compared(changes: dict[str, Any]) -> None:
    (wrong,) = check_lines([line(**changes)], {"kettle": product()})
    assert wrong.should_be == {**product(), "quantity": 1}
    assert next(iter(changes)) in wrong.reason


def test_an_unknown_product_comes_back_as_given() -> None:
    (wrong,) = check_lines([line(productId="gone")], {"kettle": product()})
    assert wrong.should_be == line(productId="gone")
    assert "unknown" in wrong.reason


def test_what_was_put_by_hand_shows_only_what_is_public() -> None:
    assert public({**product(), "version": 3, "correlationId": "x", "secret": "y"}) == product()
