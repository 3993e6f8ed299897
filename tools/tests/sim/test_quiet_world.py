"""Each promise of the quiet world is broken by one changed row, and by none in a world in order."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.dynamo_values import typed
from tools.sim.faults.base import Fired
from tools.sim.invariants import returns
from tools.sim.invariants.quiet_world import QuietWorld
from tools.sim.invariants.reading import PARTNER_REQUESTS
from tools.sim.people.book import Book
from tools.tests.sim.quiet import OWN, RETURN, TOKEN, USER, book, broken, row, world

AT = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


def test_a_world_in_order_breaks_no_promise() -> None:
    assert broken(world(), book()) == set()


def line(**changed: Any) -> dict[str, Any]:
    return {"productId": "p", "price": 300, "quantity": 1, "received": 1, "restocked": 1, **changed}


UNDER_WAY = {
    "orders": row("orders", OWN, status="SHIPPED", paymentStatus="AUTHORISED", refunded=0),
    "delivery": row("delivery", OWN, status="IN_PROGRESS"),
    "provider": row("provider", TOKEN, status="HELD", captured=0, refunded=0),
    "payment": row("payment", OWN, status="HELD", refunded=0),
    "refunds": {RETURN: None},
    "returns": {RETURN: None, OWN: None},
    "warehouse": {RETURN: None, "p": {"id": "stock#p", "available": 8, "reserved": 0}},
}


@pytest.mark.parametrize(
    ("promise", "changed"),
    [
        ("M3", {**UNDER_WAY, "provider": row("provider", TOKEN, status="CANCELLED", captured=0, refunded=0)}),
        ("M5", {"payment": row("payment", OWN, refunding=50)}),
        ("M6", {"returns": row("returns", RETURN, lines=[line(price=600)])}),
        ("M6", {"warehouse": row("warehouse", RETURN, units={})}),
        ("M6", {"warehouse": {RETURN: None}}),
        ("K2", {"warehouse": {"p": None}}),
        ("K2", {"warehouse": row("warehouse", "p", available=8)}),
        ("O2", UNDER_WAY),
        ("O2", {**UNDER_WAY, "orders": row("orders", OWN, status="NEW", paymentStatus="AUTHORISED", refunded=0)}),
    ],
)
def test_a_changed_row_breaks_a_promise(promise: str, changed: dict[str, Any]) -> None:
    assert promise in broken(world(**changed), book())


def test_without_staff_an_order_may_wait_for_them() -> None:
    alone = book()
    alone.finished = set()
    assert broken(world(**UNDER_WAY), alone) == set()


@pytest.mark.parametrize("status", ["CANCELLED", "DELIVERY_FAILED"])
def test_an_end_that_no_person_asked_for_breaks_o2(status: str) -> None:
    changed = {"orders": row("orders", OWN, status=status)}
    asked = book()
    assert "O2" in broken(world(**changed), asked)
    asked.asked_to_cancel = asked.asked_to_fail = {OWN}
    assert "O2" not in broken(world(**changed), asked)


def test_a_delivery_that_no_deliverer_brought_breaks_o2() -> None:
    asked = book()
    asked.asked_to_deliver = set()
    assert broken(world(), asked) == {"O2"}


@pytest.mark.parametrize(("refund_id", "is_kept"), [(RETURN, True), ("another", False)])
def test_a_refund_that_was_answered_is_there(refund_id: str, is_kept: bool) -> None:
    paid: Book = book()
    paid.refunds["cashier-1", "t"] = (OWN, 300, "DONE")
    paid.refund_ids["cashier-1", "t"] = refund_id
    assert ("M5" not in broken(world(), paid)) == is_kept


def moved(*moves: str) -> list[dict[str, str]]:
    return [{"at": f"2026-03-01T12:{minute}:00+00:00"} for minute in moves]


@pytest.mark.parametrize(
    ("timed_out_at", "disturbed_at", "is_kept"),
    [(AT + 660.0, None, False), (AT + 630.0, None, True), (AT + 660.0, AT + 605.0, True), (AT + 660.0, AT, False)],
)
def test_a_decision_ends_the_wait_of_its_execution(
    timed_out_at: float, disturbed_at: float | None, is_kept: bool
) -> None:
    """The decision is 10 minutes after the wait began."""
    found = world(returns=row("returns", RETURN, history=moved("00", "10")))
    events = [
        {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "AwaitDecision"}},
        {"type": "TaskSubmitted", "timestamp": AT},
        {"type": "TaskTimedOut", "timestamp": timed_out_at + 60.0},
    ]
    found.state_machines.executions = lambda: [{"name": RETURN, "status": "SUCCEEDED", "events": events}]
    if disturbed_at is not None:
        found.faults.fault_decisions.fired.append(Fired("crash", "returns-on-return-changed:ab", disturbed_at, ""))
    assert broken(found, book()) == (set() if is_kept else {"M6"})


def test_an_execution_that_failed_breaks_e4() -> None:
    found = world()
    failed = {"name": RETURN, "status": "FAILED", "error": "x", "cause": "y", "events": []}
    found.state_machines.executions = lambda: [failed]
    assert broken(found, book()) == {"E4"}


def test_what_people_saw_is_reported() -> None:
    asked = book()
    asked.report_broken("U1", USER, "another's order")
    assert broken(world(), asked) == {"U1"}


@pytest.mark.parametrize(
    ("refund", "captured", "expected"),
    [(300, 700, set()), (0, 700, {"M6"}), (0, 300, set())],
)
def test_less_than_the_goods_cost_is_paid_back_only_if_nothing_is_left(
    refund: int, captured: int, expected: set[str]
) -> None:
    """The return of goods for 300 paid back `refund`, of a payment of which 300 were refunded in all."""
    quiet = QuietWorld(world(returns=row("returns", RETURN, refund=refund)), book())
    quiet.payments[OWN] = {"amount": captured, "refunded": 300}
    found = {violation.name for violation in returns._all_of_it(RETURN, quiet.returns[RETURN], quiet)}
    assert found == expected


def test_two_lines_of_one_product_are_added_up() -> None:
    two = {"status": "REQUESTED", "lines": [{"productId": "p", "quantity": 2}, {"productId": "p", "quantity": 1}]}
    assert returns._held_by(two) == {"p": 3}


def test_the_contact_that_a_partner_named_is_kept() -> None:
    known, found = book(), world()
    known.contacts = {OWN: "contact@partners.example"}
    assert broken(found, known) == {"N1"}
    found.tables[PARTNER_REQUESTS] = {(OWN,): typed({"orderId": OWN, "email": "contact@partners.example"})}
    assert broken(found, known) == set()


@pytest.mark.parametrize(
    ("counted_after", "units", "expected"), [(3600, {}, set()), (3600, {"p": 1}, {"M6"}), (5, {}, set())]
)
def test_what_was_not_counted_when_it_came_back_is_not_in_stock(
    counted_after: float, units: dict[str, int], expected: set[str]
) -> None:
    known = book()
    known.counted_since["p"] = AT + counted_after
    known.counted.clear()
    restocked = {"warehouse": row("warehouse", RETURN, units=units)}
    assert broken(world(**restocked), known) & {"M6"} == expected
