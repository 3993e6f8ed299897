"""Promises that are checked at each write of a row."""

from types import SimpleNamespace
from typing import Any

import pytest

from ecom.dynamo_values import typed
from tools.sim.invariants.every_write import EveryWrite
from tools.sim.invariants.prices import delivery_price
from tools.sim.invariants.reading import DELIVERY, ORDERS, PAYMENT, PRODUCTS, PROVIDER, REFUNDS, TOKENS, WAREHOUSE
from tools.sim.invariants.violation import Violation
from tools.sim.people.book import Price
from tools.tests.sim.quiet import OWN, TOKEN, book, rows, world

ORDER: dict[str, Any] = {
    **rows()[ORDERS][OWN],
    "status": "NEW",
    "address": {"country": "SE"},
    "createdDate": "1",
    "modifiedDate": "1",
    "packagedDate": None,
}
FEWER = [{"productId": "p", "price": 300, "quantity": 1}]
REQUEST = {"id": f"order#{OWN}", "status": "HELD", "lines": [{"productId": "p", "quantity": 2, "tracked": True}]}
STOCK = {"id": "stock#p", "available": 9, "reserved": 0}
PRODUCT = {"productId": "p", "price": 300, "version": 1}
HOLD = rows()[PROVIDER][TOKEN]
UNCOUNTED = {"id": f"order#{OWN}", "status": "NEW", "lines": [{"productId": "p", "quantity": 2, "tracked": False}]}
REFUND = {"refundId": "r", "orderId": OWN, "amount": 100, "status": "PENDING"}
TOKEN_OF_ORDER = {"tokenHash": "hash", "orderId": OWN, "attempt": "attempt-1"}


def written(table: str, old: Any, new: Any, **changed: Any) -> set[str]:
    """The promises that a write breaks."""
    found: list[Violation] = []
    known = book()
    known.prices["p"] = [Price(300)]
    at_rest = world(**{"warehouse": {OWN: REQUEST}, **changed})
    at_rest.scheduler.current = lambda: SimpleNamespace(owner=None)
    table_of_it: Any = SimpleNamespace(schema=SimpleNamespace(name=table))
    EveryWrite(at_rest, known, found.append)(table_of_it, (OWN,), old and typed(old), new and typed(new))
    return {violation.name for violation in found}


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        (ORDERS, None, ORDER),
        (ORDERS, ORDER, {**ORDER, "products": FEWER, "total": 400, "version": 2}),
        (DELIVERY, None, {"orderId": OWN, "status": "NEW"}),
        (WAREHOUSE, None, REQUEST),
        (WAREHOUSE, {**STOCK, "available": 0}, None),
        (PRODUCTS, PRODUCT, {**PRODUCT, "price": 400, "version": 2}),
        (TOKENS, {**TOKEN_OF_ORDER, "claimedUntil": "2026"}, None),
        (TOKENS, {**TOKEN_OF_ORDER, "claimedUntil": "2026"}, TOKEN_OF_ORDER),
        (REFUNDS, None, REFUND),
        # It was reserved before the first count of the product.
        (WAREHOUSE, UNCOUNTED, {**UNCOUNTED, "status": "IN_PROGRESS"}),
    ],
)
def test_a_write_in_order_breaks_no_promise(table: str, old: Any, new: Any) -> None:
    assert written(table, old, new) == set()


@pytest.mark.parametrize(
    ("promise", "table", "old", "new"),
    [
        ("K1", WAREHOUSE, None, UNCOUNTED),
        ("K1", WAREHOUSE, {**UNCOUNTED, "status": "LAPSED"}, {**UNCOUNTED, "status": "HELD"}),
        ("K1", WAREHOUSE, REQUEST, UNCOUNTED),
        ("M4", ORDERS, ORDER, {**ORDER, "deliveryPrice": 50, "total": 650}),
        ("M4", ORDERS, ORDER, {**ORDER, "products": [{"productId": "p", "price": 200, "quantity": 2}], "total": 500}),
        ("M4", ORDERS, ORDER, {**ORDER, "products": [{"productId": "p", "price": 300, "quantity": 3}], "total": 1000}),
        ("M4", ORDERS, ORDER, {**ORDER, "address": {"country": "BR"}}),
        ("M4", ORDERS, ORDER, {**ORDER, "userId": "user-2"}),
        ("M4", ORDERS, None, {**ORDER, "address": {"country": "DE"}}),
        ("M4", ORDERS, None, {**ORDER, "products": [{**ORDER["products"][0], "name": "Gift"}]}),
        ("O3", TOKENS, TOKEN_OF_ORDER, None),
        ("O3", TOKENS, TOKEN_OF_ORDER, {**TOKEN_OF_ORDER, "orderId": "order-2"}),
        ("O3", TOKENS, TOKEN_OF_ORDER, {**TOKEN_OF_ORDER, "claimedUntil": "2026"}),
        ("O1", DELIVERY, None, {"orderId": OWN, "status": "COMPLETED"}),
        ("O1", DELIVERY, {"orderId": OWN, "status": "NEW"}, None),
        ("O1", WAREHOUSE, None, {**REQUEST, "status": "COMPLETED"}),
        ("M1", PROVIDER, None, HOLD),
        ("M1", PROVIDER, HOLD, None),
        ("K2", WAREHOUSE, STOCK, None),
        ("E3", PRODUCTS, PRODUCT, {**PRODUCT, "price": 400}),
        ("E3", WAREHOUSE, {**STOCK, "available": 1}, {**STOCK, "available": 0}),
    ],
)
def test_a_write_breaks_a_promise(promise: str, table: str, old: Any, new: Any) -> None:
    assert promise in written(table, old, new)


def test_an_order_above_its_hold_breaks_m1() -> None:
    assert written(ORDERS, None, ORDER, provider={TOKEN: {**HOLD, "authorised": 600}}) == {"M1"}
    assert written(ORDERS, None, ORDER, provider={TOKEN: None}) == {"M1"}


@pytest.mark.parametrize(
    ("units", "country", "price"),
    [
        ({"p0": 1}, "FI", 0),
        ({"p0": 1}, "DE", 1000),
        ({"p0": 8}, "DE", 1000),
        ({"p0": 9}, "DE", 2000),
        ({"p0": 14}, "US", 3000),
        ({"p0": 1}, "SE", None),
        ({"p1": 2}, "DE", 1000),
        ({"p1": 3}, "DE", 2000),
        ({"p0": 5, "p1": 2}, "DE", 2000),
    ],
)
def test_a_delivery_costs_what_its_boxes_cost(units: dict[str, int], country: str, price: int | None) -> None:
    assert delivery_price(units, country) == price


@pytest.mark.parametrize("status", ["HELD", "VOIDED", "FAILED", None])
def test_only_what_was_captured_is_refunded(status: str | None) -> None:
    payment = {**rows()[PAYMENT][OWN], "status": status} if status else None
    assert written(REFUNDS, None, REFUND, payment={OWN: payment}) == {"M5"}
