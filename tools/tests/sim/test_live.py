"""Live runs: the documents that they send, and what their checks notice."""

from typing import Any

import pytest
from graphql import parse

from tools.sim.invariants.violation import Violation
from tools.sim.live.checks import Seen, violations
from tools.sim.live.documents import document
from tools.sim.live.world import SLOWEST, USUAL_ANSWER_SECONDS, LiveTime
from tools.sim.people.book import Accepted, Book

OWN, TOKEN = "order-1", "token-1"


def test_a_document_asks_for_everything_that_a_field_has() -> None:
    text = document("getPackagingRequest")
    assert text.startswith("query Ask($input: PackagingInput!) { getPackagingRequest(input: $input) { orderId status")
    assert "products { productId" in text
    parse(text)


def test_a_field_without_arguments_or_parts_is_asked_for_alone() -> None:
    assert "mutation Ask($productId: ID!, $onHand: Int!)" in document("setStock")
    with pytest.raises(KeyError):
        document("getNothing")


def book() -> Book:
    accepted = Accepted(OWN, "shopper-1", "user", "client-1", TOKEN, {})
    return Book(products=["p"], stock={"p": 10}, accepted={OWN: accepted})


def seen(**changed: Any) -> Seen:
    order = {
        "orderId": OWN,
        "status": "FULFILLED",
        "paymentStatus": "CAPTURED",
        "total": 700,
        "deliveryPrice": 100,
        "products": [{"productId": "p", "price": 300, "quantity": 2}],
    }
    event = {
        "source": "ecommerce.orders",
        "detail-type": "OrderCreated",
        "resources": [OWN],
        "detail": {"metadata": {"sequence": 1, "eventId": "e1"}},
    }
    values: dict[str, Any] = {
        "orders": {OWN: order},
        "stock": {"p": {"onHand": 8, "reserved": 0, "available": 8}},
        "holds": {OWN: {"status": "CAPTURED", "authorised": 800, "captured": 700}},
        "events": [event],
    }
    for name, change in changed.items():
        values[name] = change(values[name])
    return Seen(**values)


def order_with(**changed: Any) -> Any:
    return lambda orders: {OWN: {**orders[OWN], **changed}}


def hold_with(**changed: Any) -> Any:
    return lambda holds: {OWN: {**holds[OWN], **changed}}


def other_event(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "detail": {"metadata": {"sequence": 1, "eventId": "e2"}}}


def test_a_run_in_order_breaks_no_promise() -> None:
    assert list(violations(seen(), book())) == []


@pytest.mark.parametrize(
    ("promise", "changed"),
    [
        ("O2", {"orders": order_with(status="SHIPPED")}),
        ("M4", {"orders": order_with(total=701)}),
        ("M1", {"holds": hold_with(authorised=600)}),
        ("M2", {"holds": hold_with(captured=699)}),
        ("M2", {"holds": hold_with(status="HELD", captured=0)}),
        ("M3", {"orders": order_with(status="CANCELLED")}),
        ("K1", {"stock": lambda _: {"p": {"onHand": 8, "reserved": -1, "available": 9}}}),
        ("K2", {"stock": lambda _: {"p": {"onHand": 7, "reserved": 0, "available": 7}}}),
        ("E1", {"events": lambda _: []}),
        ("E3", {"events": lambda events: [*events, other_event(events[0])]}),
    ],
)  # fmt: skip
def test_a_broken_promise_is_noticed(promise: str, changed: dict[str, Any]) -> None:
    assert promise in {violation.name for violation in violations(seen(**changed), book())}


def test_an_event_that_was_sent_twice_is_one_event() -> None:
    assert list(violations(seen(events=lambda events: events * 2), book())) == []


def test_an_accepted_order_that_is_gone_is_noticed() -> None:
    gone = violations(seen(orders=lambda _: {}, stock=lambda _: {}), book())
    assert Violation("O2", "an accepted order does not exist", OWN) in list(gone)


def test_one_token_makes_one_order() -> None:
    other = Accepted("order-2", "shopper-1", "user", "client-1", "token-2", {})
    both = book()
    both.accepted["order-2"] = other
    assert "O3" in {violation.name for violation in violations(seen(), both)}


@pytest.mark.parametrize(
    ("answer_seconds", "slower"),
    [(0.01, 1.0), (USUAL_ANSWER_SECONDS, 1.0), (3 * USUAL_ANSWER_SECONDS, 3.0), (60.0, SLOWEST)],
)
def test_people_are_slower_where_the_platform_is(answer_seconds: float, slower: float) -> None:
    waited: list[float] = []
    people = LiveTime(speed=60.0, sleep=waited.append)
    for _ in range(100):
        people.answered(answer_seconds)
    people.sleep(120.0)
    assert waited == [pytest.approx(2.0 * slower, rel=0.01)]
