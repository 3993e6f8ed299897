"""Partners through the handlers, on the tables of the template."""

from datetime import timedelta
from typing import Any

import pytest

from ecom.http import Unreachable
from partners.tests.integration.conftest import Desk


def codes(answer: tuple[int, Any]) -> tuple[int, list[str]]:
    return answer[0], [problem["code"] for problem in answer[1]["problems"]]


def test_an_order_of_the_keys_partner(desk: Desk) -> None:
    status, body = desk.order()
    ((user, asked),) = desk.orders.asked
    assert (status, user, asked["clientToken"]) == (201, "partner:acme", "PO-1")
    assert body == {"orderId": body["orderId"], "status": "NEW", "total": 100, "currency": "EUR", "reference": "PO-1"}
    assert desk.get(body["orderId"]) == desk.by_reference("PO-1") == (200, body)


def test_the_same_reference_is_the_same_order_also_with_another_key_of_the_partner(desk: Desk) -> None:
    first = desk.order()[1]
    assert desk.order() == desk.order("k2") == (200, first)
    assert codes(desk.order(paymentToken="token-2")) == (409, ["IDEMPOTENCY_MISMATCH"])
    assert codes(desk.order(contact={"email": "ann@example.com"})) == (409, ["IDEMPOTENCY_MISMATCH"])
    assert len(desk.orders.made) == 1


def test_a_partner_sees_and_cancels_its_own_orders_alone(desk: Desk) -> None:
    order_id = desk.order()[1]["orderId"]
    for key in ("k3", "unknown"):
        assert desk.get(order_id, key)[0] == 404
        assert desk.by_reference("PO-1", key)[0] == 404
        assert desk.cancel_it(order_id, key)[0] == 404
    assert desk.order("k3")[0] == 201, "its own reference"
    assert desk.cancel_it(order_id, "k2")[1]["status"] == "CANCELLED"
    for missing in ("missing", "x" * 3000):
        assert desk.get(missing)[0] == desk.cancel_it(missing)[0] == 404


def test_a_key_that_the_table_does_not_know_is_a_partner_of_its_own(desk: Desk) -> None:
    order_id = desk.order("unknown")[1]["orderId"]
    assert desk.orders.asked[0][0] == "partner:key-unknown"
    assert desk.get(order_id, "unknown")[0] == 200
    assert desk.get(order_id)[0] == 404


def test_too_late_to_cancel(desk: Desk) -> None:
    order_id = desk.order()[1]["orderId"]
    desk.packaged = True
    assert codes(desk.cancel_it(order_id)) == (409, ["ILLEGAL_MOVE"])


def test_a_refusal_frees_the_reference(desk: Desk) -> None:
    desk.orders.refusal = ["INSUFFICIENT_STOCK"]
    assert codes(desk.order()) == (409, ["INSUFFICIENT_STOCK"])
    assert desk.rows() == []
    assert desk.by_reference("PO-1")[0] == 404
    desk.orders.refusal = ["INVALID_INPUT"]
    assert desk.order()[0] == 400
    desk.orders.refusal = []
    assert desk.order(products=[{"productId": "kettle", "quantity": 1}])[0] == 201


def test_an_unknown_outcome_is_completed_by_the_same_request(desk: Desk) -> None:
    desk.orders.loses_answers = 1
    assert codes(desk.order()) == (503, ["TRY_AGAIN"])
    assert desk.order()[0] == 200
    assert len(desk.orders.made) == 1


def refuse_after_an_unknown_outcome(desk: Desk) -> None:
    """The first request may still make the order when the second one is refused."""
    desk.orders.refusal = ["TRY_AGAIN"]
    assert codes(desk.order()) == (503, ["TRY_AGAIN"])
    desk.now += timedelta(seconds=5)
    desk.orders.refusal = ["INSUFFICIENT_STOCK"]
    assert codes(desk.order()) == (409, ["INSUFFICIENT_STOCK"])
    desk.orders.refusal = []


LESS: dict[str, Any] = {"products": [{"productId": "kettle", "quantity": 1}], "contact": {"email": "bo@example.com"}}


def test_a_refusal_after_an_unknown_outcome_frees_the_reference_a_minute_later(desk: Desk) -> None:
    refuse_after_an_unknown_outcome(desk)
    assert codes(desk.order(**LESS)) == (409, ["IDEMPOTENCY_MISMATCH"]), "the first request may be at work"
    desk.now += timedelta(seconds=61)
    status, body = desk.order(**LESS)
    assert status == 201
    assert desk.order(**LESS) == (200, body)
    assert desk.contact(body["orderId"]) == (200, {"email": "bo@example.com"})
    assert codes(desk.order()) == (409, ["IDEMPOTENCY_MISMATCH"])


def test_an_order_that_was_made_after_a_refusal_keeps_its_request(desk: Desk) -> None:
    refuse_after_an_unknown_outcome(desk)
    ((user, asked), *_) = desk.orders.asked
    desk.orders.create(asked, user)
    desk.now += timedelta(days=1)
    before = desk.rows()
    assert codes(desk.order(**LESS)) == (409, ["IDEMPOTENCY_MISMATCH"])
    assert desk.rows() == before
    assert desk.order()[0] == desk.by_reference("PO-1")[0] == 200


def test_an_unknown_outcome_after_a_refusal_binds_the_reference(desk: Desk) -> None:
    refuse_after_an_unknown_outcome(desk)
    desk.orders.refusal = ["TRY_AGAIN"]
    assert desk.order()[0] == 503
    desk.orders.refusal = []
    desk.now += timedelta(seconds=61)
    assert codes(desk.order(**LESS)) == (409, ["IDEMPOTENCY_MISMATCH"])
    assert desk.order()[0] == 200


def test_orders_that_does_not_answer_replaces_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_after_an_unknown_outcome(desk)
    desk.now += timedelta(seconds=61)
    before = desk.rows()

    def fail(order_id: str) -> None:
        raise Unreachable("503")

    monkeypatch.setattr(desk.orders, "find", fail)
    assert codes(desk.order(**LESS)) == (503, ["TRY_AGAIN"])
    assert desk.rows() == before


@pytest.mark.parametrize("first", [{}, LESS])
def test_of_two_requests_at_once_for_a_refused_reference_one_replaces_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: dict[str, Any]
) -> None:
    refuse_after_an_unknown_outcome(desk)
    desk.now += timedelta(seconds=61)
    find, other = desk.orders.find, list[int]()

    def find_after_another(order_id: str) -> Any:
        found = find(order_id)
        monkeypatch.setattr(desk.orders, "find", find)
        other.append(desk.order(**first)[0])
        return found

    monkeypatch.setattr(desk.orders, "find", find_after_another)
    status = desk.order(**LESS)[0]
    assert (other, status) == ([201], 200 if first else 409)
    assert len(desk.orders.made) == len(desk.rows()) == 1


def test_services_are_told_the_contact_of_an_order(desk: Desk) -> None:
    with_contact = desk.order(contact={"email": "ann@example.com"})[1]["orderId"]
    without = desk.order(reference="PO-2")[1]["orderId"]
    assert desk.contact(with_contact) == (200, {"email": "ann@example.com"})
    assert [desk.contact(order_id)[0] for order_id in (without, "missing", "x" * 3000)] == [404, 404, 404]


def test_the_contact_is_kept_and_travels_nowhere(desk: Desk) -> None:
    desk.order(contact={"email": "ann@example.com"})
    (row,) = desk.rows()
    assert (row["email"], row["partner"], row["reference"]) == ("ann@example.com", "acme", "PO-1")
    assert "ann@example.com" not in str(desk.orders.asked)


@pytest.mark.parametrize("reference", [None, "", "x" * 65])
def test_a_reference_that_is_none(desk: Desk, reference: str | None) -> None:
    assert desk.by_reference(reference)[0] == 400
