"""Rows are damaged on a running platform: each finding is reported, repaired if possible, and then gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.times import timestamp
from ecom_client.journey import Provider, Shopper, Staff
from ecom_client.made import new_id
from ecom_client.platform import Platform, send
from reconciliation.tests.deployed.conftest import Journey, Operator, TableNames

pytestmark = pytest.mark.deployed

AN_HOUR_AGO = timestamp(datetime.now(UTC) - timedelta(hours=1))


def as_merchant(platform: Platform, path: str, **body: Any) -> None:
    """Capture at the provider directly, without payment."""
    arn = platform.parameter("payment-3p/secret/arn")
    secret = platform.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    url = platform.parameter("payment-3p/api/url")
    answer = send("POST", f"{url}{path}", body, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status, answer.body) == (200, {"ok": True})


def test_healthy_journeys_have_no_findings(journey: Journey, operator: Operator) -> None:
    healthy = [journey(status) for status in ("FULFILLED", "CANCELLED", "DELIVERY_FAILED")]
    output = operator.reconcile()
    assert [output.kinds(order_id) for order_id in healthy] == [[], [], []]
    assert output.not_compared == []


# --- damage that events repair: the order's status, the damage, the findings ---

Damage = Callable[[TableNames, str], None]


def warehouse_request_is_missing(tables: TableNames, order_id: str) -> None:
    """A new reservation takes its units again, so the units of the lost reservation are made available."""
    (line,) = tables.row("warehouse", f"order#{order_id}")["lines"]
    tables.delete("warehouse", f"order#{order_id}")
    tables.set("warehouse", f"stock#{line['productId']}", available=10, reserved=0)


def payment_row_is_missing(tables: TableNames, order_id: str) -> None:
    tables.delete("payment", order_id)


def delivered_without_an_event(tables: TableNames, order_id: str) -> None:
    tables.set("orders", order_id, status="FULFILLED")


def cancelled_without_an_event(tables: TableNames, order_id: str) -> None:
    (line,) = tables.row("warehouse", f"order#{order_id}")["lines"]
    tables.set("warehouse", f"order#{order_id}", status="CANCELLED", queue=None)
    tables.set("warehouse", f"stock#{line['productId']}", available=10, reserved=0)
    tables.set("orders", order_id, status="CANCELLED")


def delivery_row_is_missing(tables: TableNames, order_id: str) -> None:
    tables.delete("delivery", order_id)


def order_missed_its_package(tables: TableNames, order_id: str) -> None:
    tables.set("orders", order_id, status="NEW", packagedDate=None)


def order_missed_its_delivery(tables: TableNames, order_id: str) -> None:
    tables.set("orders", order_id, status="SHIPPED")


def order_missed_its_payment(tables: TableNames, order_id: str) -> None:
    tables.set("orders", order_id, paymentStatus="AUTHORISED")


def units_are_not_available_again(tables: TableNames, order_id: str) -> None:
    (line,) = tables.row("warehouse", f"order#{order_id}")["lines"]
    tables.set("warehouse", f"order#{order_id}", deliveryFailed=None)
    tables.set("warehouse", f"stock#{line['productId']}", available=8, reserved=0)


REPAIRABLE: list[tuple[str, Damage, list[str]]] = [
    ("NEW", warehouse_request_is_missing, ["ORDER_WITHOUT_STOCK"]),
    ("NEW", payment_row_is_missing, ["ORDER_WITHOUT_PAYMENT"]),
    ("NEW", cancelled_without_an_event, ["HOLD_NOT_VOID"]),
    ("PACKAGED", delivery_row_is_missing, ["NO_DELIVERY_OPENED"]),
    ("PACKAGED", order_missed_its_package, ["STUCK_ORDER"]),
    ("SHIPPED", delivered_without_an_event, ["DELIVERED_NOT_CAPTURED"]),
    ("FULFILLED", order_missed_its_delivery, ["STUCK_ORDER"]),
    ("FULFILLED", order_missed_its_payment, ["STUCK_ORDER"]),
    ("DELIVERY_FAILED", units_are_not_available_again, ["STOCK_NOT_BACK"]),
]


@pytest.mark.parametrize(
    ("status", "damage", "kinds"), REPAIRABLE, ids=[damage.__name__ for _, damage, _ in REPAIRABLE]
)
def test_damage_is_found_and_repaired(
    journey: Journey, operator: Operator, tables: TableNames, status: str, damage: Damage, kinds: list[str]
) -> None:
    order_id = journey(status)
    damage(tables, order_id)
    assert [finding.kind for finding in operator.found(order_id)] == kinds
    results = operator.repaired(order_id)
    assert [(result.finding.kind, result.outcome) for result in results] == [(kind, "repaired") for kind in kinds]
    operator.wait_until_consistent(order_id)
    assert operator.repaired(order_id) == [], "a second repair publishes nothing"


def test_the_command_repairs_captures_once_and_exits_with_0(
    journey: Journey, operator: Operator, tables: TableNames, platform_outside: Platform, staff: Staff
) -> None:
    """The order's total is captured once, and the stock is that after packaging."""
    order_id = journey("SHIPPED")
    delivered_without_an_event(tables, order_id)
    found = operator.reconcile("--about", order_id)
    assert (found.kinds(), found.code) == (["DELIVERED_NOT_CAPTURED"], 1)
    repaired = operator.reconcile("--about", order_id, "--repair")
    assert ([each["outcome"] for each in repaired.findings], repaired.code) == (["repaired"], 0)
    operator.wait_until_consistent(order_id)
    again = operator.reconcile("--about", order_id, "--repair")
    assert (again.findings, again.code) == ([], 0)

    order = tables.row("orders", order_id)
    entry = Provider(platform_outside).payment(order["paymentToken"])
    assert (entry["status"], entry["captured"], order["paymentStatus"]) == ("CAPTURED", order["total"], "CAPTURED")
    (line,) = order["products"]
    stock = staff.stock(line["productId"])
    assert stock
    assert (stock["onHand"], stock["reserved"]) == (8, 0)


# --- damage that a person must repair ---


def test_damage_without_repair_is_found_and_left_alone(
    operator: Operator, tables: TableNames, platform_outside: Platform, buyer: Shopper, journey: Journey
) -> None:
    overcharged, captured_early, booked = journey("FULFILLED"), journey("NEW"), journey("NEW")
    tables.set("orders", overcharged, total=1)
    as_merchant(platform_outside, "/processPayment", paymentToken=tables.row("orders", captured_early)["paymentToken"])
    tables.set("payment", booked, status="VOIDED", amount=1)
    buyer.wait_for(booked, paymentStatus="VOIDED")
    charged, held, request, reservation, delivery, product = (new_id() for _ in range(6))
    token = buyer.hold(700)
    as_merchant(platform_outside, "/processPayment", paymentToken=token)
    tables.put("payment", orderId=charged, paymentToken=token, status="CAPTURED", amount=700)
    tables.put("payment", orderId=held, paymentToken=buyer.hold(500), status="HELD")
    row = {"since": AN_HOUR_AGO, "lines": [], "etag": 1, "version": 0}
    tables.put("warehouse", id=f"order#{request}", status="NEW", **row)
    tables.put("warehouse", id=f"order#{reservation}", status="HELD", expiresAt=AN_HOUR_AGO, **row)
    tables.put("delivery", orderId=delivery, status="NEW", since=AN_HOUR_AGO, address={"name": "x"})
    tables.put("warehouse", id=f"stock#{product}", available=3, reserved=1)

    expected = {
        overcharged: ["CHARGED_OTHER_AMOUNT"],
        captured_early: ["CHARGED_NOT_DELIVERED"],
        booked: ["BOOKS_DIFFER"],
        charged: ["CHARGED_WITHOUT_ORDER"],
        held: ["PAYMENT_WITHOUT_ORDER"],
        request: ["REQUEST_WITHOUT_ORDER"],
        reservation: ["RESERVATION_NOT_LAPSED"],
        delivery: ["DELIVERY_WITHOUT_ORDER"],
        product: ["STOCK_DOES_NOT_ADD_UP"],
    }
    found = operator.reconcile()
    assert {key: found.kinds(key) for key in expected} == expected
    assert found.code == 1


def test_a_hold_without_order_is_a_note_without_its_token(operator: Operator, buyer: Shopper) -> None:
    token = buyer.hold(4242)
    found = operator.reconcile()
    notes = [each for each in found.findings if each["kind"] == "HOLD_WITHOUT_ORDER" and "4242 held" in each["actual"]]
    assert notes
    assert all(each["note"] for each in notes)
    assert token not in str(found.findings)
