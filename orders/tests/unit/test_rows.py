"""Items of the table and orders: every readable item survives the round trip."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, MAX_INT
from ecom.stored_orders import PRIVATE
from orders.tests.builders import item, kettle, manual_item, order
from orders_service.domain import HistoryEntry, Line, Status
from orders_service.errors import UnreadableOrder
from orders_service.rows import item_from_order, order_from_item

TEXT = st.text(max_size=5)
AMOUNT = st.integers(0, MAX_INT)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=3,
)
TEXTS = ("userId", "createdDate", "modifiedDate", "packagedDate", "paymentStatus", "contentHash")


def record(**attributes: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the attributes, each with a value or null, and any others."""
    known = st.fixed_dictionaries({}, optional={name: value | st.none() for name, value in attributes.items()})
    others = st.dictionaries(TEXT.filter(lambda name: name not in attributes), ANYTHING, max_size=2)
    return st.builds(lambda known, others: {**others, **known}, known, others)


PACKAGES = record(**{name: st.integers(-MAX_INT, MAX_INT) for name in DIMENSIONS})
LINES = st.builds(
    lambda line, product_id, quantity: {**line, "productId": product_id, **quantity},
    record(name=TEXT, package=PACKAGES, price=AMOUNT),
    TEXT,
    st.fixed_dictionaries({}, optional={"quantity": st.integers(1, MAX_INT)}),
)
ITEMS = st.builds(
    lambda item, order_id: {**item, "orderId": order_id},
    record(
        **dict.fromkeys(TEXTS, TEXT),
        status=st.sampled_from(list(map(str, Status))) | TEXT,
        products=st.lists(LINES, max_size=3),
        address=record(**dict.fromkeys(ADDRESS_FIELDS, TEXT)),
        deliveryPrice=AMOUNT,
        total=AMOUNT,
        paymentToken=TEXT.filter(bool),
        history=st.lists(record(at=TEXT, status=TEXT, cause=TEXT), max_size=3),
        refunds=ANYTHING,
        version=ANYTHING,
        correlationId=ANYTHING,
    ),
    TEXT,
)


@settings(deadline=None)
@given(ITEMS)
def test_every_readable_item_survives_the_round_trip(item: dict[str, Any]) -> None:
    assert item_from_order(order_from_item(item)) == item


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*item(), "packagedDate", "refunds", "note"]), ANYTHING))
def test_any_other_item_raises_unreadable_order_and_nothing_else(changes: dict[str, Any]) -> None:
    changed = item(**changes)
    with suppress(UnreadableOrder):
        assert item_from_order(order_from_item(changed)) == changed


def test_an_item_is_read_as_an_order() -> None:
    found = order_from_item(item(note="fragile"))
    assert (found.status, found.total, found.version, found.unknown) == (Status.NEW, 11940, 1, {"note": "fragile"})
    assert found.history == (HistoryEntry("2026-03-01T12:00:00.000Z", "NEW", "createOrder"),)
    assert (found.lines or ())[1] == Line("mug", "Mug", {"weight": 350}, 990, 4)


def test_an_item_without_anything_but_its_id() -> None:
    bare = order_from_item({"orderId": "any"})
    assert (bare.current_status, bare.current_payment_status, bare.lines) == ("NEW", "AUTHORISED", None)
    assert item_from_order(bare) == {"orderId": "any"}


@pytest.mark.parametrize(
    "changes",
    [
        {"products": "kettle"},
        {"products": ["kettle"]},
        {"products": [kettle(quantity="2")]},
        {"products": [kettle(quantity=None)]},
        {"products": [kettle(productId=None)]},
        {"products": [kettle(package={"width": "1"})]},
        {"total": "1"},
        {"total": True},
        {"deliveryPrice": -1},
        {"status": 7},
        {"history": 1},
        {"history": [{"at": 1}]},
        {"address": {"city": 7}},
        {"paymentToken": ""},
    ],
)
def test_an_item_that_is_not_an_order_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableOrder):
        order_from_item(manual_item(**changes))


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_a_private_attribute_of_another_type_is_kept_and_not_used(name: str) -> None:
    found = order_from_item({**item(), name: [1]})
    assert found.unknown == {name: [1]}
    assert found != order()
