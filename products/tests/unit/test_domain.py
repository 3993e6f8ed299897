"""The comparison of order lines with the catalogue."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.errors import InvalidInput
from products.tests.builders import line, product
from products_service.domain import check_lines, without_managed
from products_service.inputs import new_product

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_any_number_of_correct_lines_may_have_the_same_product() -> None:
    assert check_lines([line(), line(quantity=1000)], {"kettle": product()}) == []


def test_each_line_is_checked_on_its_own() -> None:
    """A correct line does not hide fifty units at price 1."""
    mismatches = check_lines([line(price=1, quantity=50), line()], {"kettle": product()})
    assert [item.expected["price"] for item in mismatches] == [3990]
    assert mismatches[0].expected["quantity"] == 50
    assert "price" in mismatches[0].reason


@pytest.mark.parametrize("changes", [{"name": "Other"}, {"price": 3989}, {"package": {"width": 1}}])
def test_name_price_and_package_are_compared(changes: dict[str, Any]) -> None:
    (mismatch,) = check_lines([line(**changes)], {"kettle": product()})
    assert mismatch.expected == {**product(), "quantity": 1}
    assert next(iter(changes)) in mismatch.reason


def test_an_unknown_product_is_returned_as_given() -> None:
    (mismatch,) = check_lines([line(productId="gone")], {"kettle": product()})
    assert mismatch.expected == line(productId="gone")
    assert "unknown" in mismatch.reason


CDN = "https://cdn.test"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["https://x.test/1.jpg"], ["https://x.test/1.jpg"]),
        (["https://cdn.test/a.jpg", "https://x.test/1.jpg"], ["https://x.test/1.jpg"]),
        (["HTTPS://CDN.test/a.jpg", "https://x.test/1.jpg"], ["https://x.test/1.jpg"]),
        (["https://cdn.test.example/a.jpg"], ["https://cdn.test.example/a.jpg"]),
        ([], []),
    ],
)
def test_managed_pictures_are_no_part_of_what_administrators_set(given: list[str], kept: list[str]) -> None:
    assert without_managed(product(pictures=given), CDN) == product(pictures=kept)


def test_managed_pictures_count_for_no_limit() -> None:
    own = [f"https://x.test/{number}.jpg" for number in range(100)]
    managed = [f"https://cdn.test/{number}.jpg" for number in range(20)]
    given = {**product(), "pictures": [*own, *managed]}
    assert new_product(without_managed(given, CDN), NOON, "EUR").get("pictures") == own


@pytest.mark.parametrize("wrong", ["https://cdn.test/a.jpg", [1, "https://cdn.test/a.jpg"], {"a": 1}])
def test_malformed_pictures_are_left_to_the_checks_of_the_input(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="pictures"):
        new_product(without_managed({**product(), "pictures": wrong}, CDN), NOON, "EUR")


def test_a_list_of_managed_pictures_alone_counts_as_absent() -> None:
    given = product(pictures=["https://cdn.test/a.jpg"])
    assert "pictures" not in without_managed(given, CDN)
    assert without_managed(given, "") == given
