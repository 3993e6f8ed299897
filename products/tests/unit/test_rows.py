"""Items of the table as products."""

from products.tests.builders import product
from products_service.rows import from_item, public_fields


def test_attributes_that_are_not_public_are_left_out() -> None:
    item = {**product(), "version": 3, "correlationId": "x", "secret": "y"}
    assert public_fields(item) == from_item(item) == product()
