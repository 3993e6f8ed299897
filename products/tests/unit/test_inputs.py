"""Validation of a product that an administrator sends."""

from typing import Any

import pytest

from ecom import jsons
from ecom.errors import InvalidInput
from ecom.limits import MAX_PRODUCT_IDS
from ecom.publish import MAX_BYTES as EVENTBRIDGE_BYTES
from products.tests.builders import NOON, product, product_input
from products_service.inputs import LENGTHS, MAX_LIST, new_product


def test_the_server_sets_the_dates_and_drops_the_quantity() -> None:
    given = product_input(createdDate="1999-01-01", modifiedDate="1999-01-01", quantity=3)
    assert new_product(given, NOON, "EUR") == product()


def test_fields_that_are_null_are_left_out() -> None:
    given = product_input(category=None, tags=None, pictures=None, package={"width": 1, "weight": None})
    made = new_product(given, NOON, "EUR")
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
        ({"userId": "user-1"}, "userId"),
        ({"productId": "a\x00b"}, "productId must have no control characters"),
        ({"productId": "a\u202eb"}, "productId must have no bidirectional characters"),
        ({"name": "two\nlines"}, "name must have no control characters"),
        ({"name": "a\u2066b"}, "name must have no bidirectional characters"),
        ({"category": "a\tb"}, "category must have no control characters"),
        ({"tags": ["ok", "a\u200f"]}, "tags must have no bidirectional characters"),
    ],
)
def test_an_invalid_field_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        new_product(product_input(**changes), NOON, "EUR")


# DynamoDB limits the bytes of a key, `text` the characters, which have up to four bytes.
@pytest.mark.parametrize("name", ["productId", "category"])
def test_the_longest_accepted_value_is_a_valid_key(name: str) -> None:
    longest = "\U0001f6d2" * LENGTHS[name]
    assert len(str(dict(new_product(product_input(**{name: longest}), NOON, "EUR"))[name]).encode()) <= 1024
    with pytest.raises(InvalidInput, match=name):
        new_product(product_input(**{name: longest + "x"}), NOON, "EUR")


@pytest.mark.parametrize(
    "changes",
    [
        # More than DynamoDB's 400 KB for an item.
        {"pictures": ["\u00e9" * LENGTHS["pictures"]] * MAX_LIST, "tags": ["\u00e9" * LENGTHS["tags"]] * MAX_LIST},
        # Fifty of these are more than Lambda's 6 MB for an answer.
        {"pictures": ["x" * LENGTHS["pictures"]] * 64},
    ],
)
def test_a_product_that_fits_in_no_answer_is_refused(changes: Any) -> None:
    with pytest.raises(InvalidInput, match="the product is too large: it has more than 64000 bytes"):
        new_product(product_input(**changes), NOON, "EUR")


def test_the_largest_products_fit_in_one_answer_and_both_versions_in_an_event() -> None:
    largest = new_product(product_input(pictures=["x" * LENGTHS["pictures"]] * 31), NOON, "EUR")
    assert len(jsons.dumps([largest] * MAX_PRODUCT_IDS)) < 6 * 1024 * 1024
    assert len(jsons.dumps([largest] * 2)) < EVENTBRIDGE_BYTES


def test_the_currency_may_be_the_platforms_and_no_other() -> None:
    assert "currency" not in new_product(product_input(currency="EUR"), NOON, "EUR")
    with pytest.raises(InvalidInput, match="currency must be EUR"):
        new_product(product_input(currency="DKK"), NOON, "EUR")
