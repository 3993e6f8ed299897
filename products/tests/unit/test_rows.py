"""Items of the table as products."""

from typing import Any

import pytest

from products.tests.builders import product
from products_service.rows import from_item, managed_name, public_fields


def test_attributes_that_are_not_public_are_left_out() -> None:
    item = {**product(), "version": 3, "correlationId": "x", "secret": "y"}
    assert public_fields(item) == from_item(item) == product()


def managed(picture_id: str, uploaded: str = "2026-03-01T12:00:00.000Z") -> dict[str, Any]:
    stored = {"pictureId": picture_id, "url": f"https://cdn.test/{picture_id}.jpg", "uploadedDate": uploaded}
    return {managed_name(picture_id): stored}


def test_managed_pictures_follow_those_of_administrators_in_the_order_of_upload() -> None:
    """Equal dates are ordered by the id."""
    item = {
        **product(pictures=["https://x.test/1.jpg"]),
        **managed("c", "2026-03-01T12:00:00.001Z"),
        **managed("b"),
        **managed("a"),
    }
    pictures = ["https://x.test/1.jpg", *(f"https://cdn.test/{name}.jpg" for name in "abc")]
    assert public_fields(item) == from_item(item) == product(pictures=pictures)


def test_a_product_may_have_managed_pictures_only() -> None:
    item: dict[str, Any] = {**product(), **managed("a")}
    item.pop("pictures", None)
    assert public_fields(item)["pictures"] == ["https://cdn.test/a.jpg"]


@pytest.mark.parametrize("value", ["x", {}, {"pictureId": "a", "url": 1, "uploadedDate": "x"}, None])
def test_a_managed_picture_that_was_written_manually_fails_no_page(value: Any) -> None:
    assert from_item({**product(), managed_name("a"): value}) == product()


def test_different_ids_have_different_attributes() -> None:
    ids = ["a-b", "a_b", "a.b", "ab", "a_2d_b", "é"]
    assert len({managed_name(each) for each in ids}) == len(ids)
    assert all(managed_name(each).isidentifier() for each in ids)
