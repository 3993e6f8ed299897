"""The rules of carts."""

from datetime import timedelta

import pytest

from cart.tests.builders import NOON, cart, line, product
from cart_service.domain import expires_at, merged, require_affordable, require_version, set_quantity, subtotal, without
from cart_service.errors import VersionConflict
from ecom.errors import InvalidInput
from ecom.limits import MAX_INT, MAX_LINES, MAX_QUANTITY


def test_a_line_is_put_in_with_its_price_and_keeps_it() -> None:
    first = set_quantity(cart(), product(price=3990), "kettle", 2)
    assert first.lines == (line("kettle", 2, 3990),)
    assert set_quantity(first, product(price=4990), "kettle", 5).lines == (line("kettle", 5, 3990),)


def test_the_same_quantity_changes_nothing() -> None:
    before = cart(line("kettle", 2))
    assert set_quantity(before, product(), "kettle", 2) is before
    assert set_quantity(before, None, "cup", 0) is before


def test_zero_takes_the_line_out_although_the_product_is_gone() -> None:
    assert set_quantity(cart(line("kettle"), line("cup")), None, "kettle", 0).lines == (line("cup"),)


def test_a_cart_has_at_most_fifty_lines() -> None:
    full = cart(*(line(f"p{number}") for number in range(MAX_LINES)))
    with pytest.raises(InvalidInput):
        set_quantity(full, product(), "kettle", 1)
    assert set_quantity(full, product("p0"), "p0", 9).quantity_of("p0") == 9


def test_merging_adds_quantities_and_keeps_the_own_lines_first() -> None:
    own = cart(line("kettle", 600, 1), line("cup", 1, 2))
    theirs = cart(line("kettle", 600, 3), line("rug", 2, 4), key="anonymous#a")
    after = merged(own, theirs, {})
    assert after.lines == (line("kettle", MAX_QUANTITY, 1), line("cup", 1, 2), line("rug", 2, 4))
    assert after.key == own.key


def test_merging_leaves_out_what_would_be_too_many_lines() -> None:
    own = cart(*(line(f"p{number}") for number in range(MAX_LINES - 1)))
    after = merged(own, cart(line("a"), line("b"), line("p0", 4)), {})
    assert [each.product_id for each in after.lines[-2:]] == [f"p{MAX_LINES - 2}", "a"]
    assert len(after.lines) == MAX_LINES
    assert after.quantity_of("p0") == 5


def test_merging_leaves_out_what_graphql_could_not_show() -> None:
    dear = {name: product(name, MAX_INT // 2) for name in ("a", "b", "c")}
    after = merged(cart(line("a", 2)), cart(line("a", 1), line("b"), line("cup", 3)), dear)
    assert after.lines == (line("a", 2), line("cup", 3))


def test_what_was_ordered_leaves_the_cart_and_no_line_falls_below_zero() -> None:
    before = cart(line("kettle", 5), line("cup", 2), line("rug", 1), line("pan", 4))
    after = without(before, {"kettle": 2, "cup": 3, "rug": 1, "gone": 9})
    assert after.lines == (line("kettle", 3), line("pan", 4))
    assert without(before, {"gone": 9}) is before


def test_the_subtotal_has_todays_prices_of_what_is_available() -> None:
    full = cart(line("kettle", 2, 1), line("gone", 9, 100))
    assert subtotal(full, {"kettle": product(price=3990)}) == 7980


def test_a_subtotal_that_graphql_cannot_show_is_refused() -> None:
    full = cart(line("kettle", 1000))
    require_affordable(full, {"kettle": product(price=MAX_INT // 1000)})
    with pytest.raises(InvalidInput):
        require_affordable(full, {"kettle": product(price=MAX_INT // 1000 + 1)})


def test_another_version_is_a_conflict() -> None:
    require_version(cart(version=3), None)
    require_version(cart(version=3), 3)
    with pytest.raises(VersionConflict):
        require_version(cart(version=3), 2)


@pytest.mark.parametrize(("is_shoppers", "days"), [(True, 90), (False, 7)])
def test_a_cart_expires_after_its_last_change(is_shoppers: bool, days: int) -> None:
    later = NOON + timedelta(days=1)
    assert expires_at(cart(), later, is_shoppers=is_shoppers) == NOON + timedelta(days=days)
