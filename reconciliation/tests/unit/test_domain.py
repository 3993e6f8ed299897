"""Each kind of damage is found; recent changes, which services may still handle, are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciliation.tests.builders import (
    NOW,
    STATUSES,
    THEN,
    TOKEN,
    TOTAL,
    records,
    with_charge,
    with_delivery,
    with_order,
    with_payment,
    with_request,
)
from reconciliation_service.domain import judge, judge_hold
from reconciliation_service.findings import WHAT_TO_DO, Finding, Kind, Limits
from reconciliation_service.snapshots import (
    AUTHORISED,
    CANCELLED,
    CAPTURED,
    COMPLETED,
    DELIVERY_FAILED,
    ENDED_BADLY,
    ENDED_WELL,
    FAILED,
    FULFILLED,
    HELD,
    IN_PROGRESS,
    LAPSED,
    NEW,
    PACKAGED,
    PACKAGING_FAILED,
    SHIPPED,
    UNDER_WAY,
    VOIDED,
    LedgerEntry,
    OrderRecords,
    Request,
)

LIMITS = Limits(staff=timedelta(days=30))
MOMENT = timedelta(minutes=1)


def kinds(found: list[Finding]) -> list[Kind]:
    return [finding.kind for finding in found]


def judged(what: OrderRecords, limits: Limits = LIMITS) -> list[Finding]:
    return judge(what, NOW, limits)


def still_held(was: OrderRecords) -> OrderRecords:
    return with_order(
        with_charge(with_payment(was, status=HELD, amount=None), status=HELD, captured=0), payment_status=AUTHORISED
    )


def refunded(was: OrderRecords, *, payment: int, order: int = 0) -> OrderRecords:
    long_ago = NOW - timedelta(days=2)
    return with_order(with_payment(was, refunded=payment, refunded_at=long_ago), refunded=order)


def second_charge(was: OrderRecords) -> OrderRecords:
    other = with_payment(was, token="token-2")
    return replace(other, ledger={**was.ledger, "token-2": was.ledger[TOKEN]})


def test_the_builders_know_each_status() -> None:
    assert set(STATUSES) == UNDER_WAY | ENDED_WELL | ENDED_BADLY, "add the status to STATUSES in builders.py"


@pytest.mark.parametrize("status", STATUSES)
def test_a_healthy_order_is_no_finding(status: str) -> None:
    assert judged(records(status)) == []
    assert judged(records(status, at=NOW), Limits.of(timedelta())) == []


def _request() -> Request:
    found = records(NEW).request
    assert found is not None
    return found


# name -> the records, the finding, the events that repair it
DAMAGE: dict[str, tuple[Callable[[], OrderRecords], Kind, tuple[str, ...]]] = {
    "captured, order deleted": (lambda: replace(records(FULFILLED), order=None), Kind.CHARGED_WITHOUT_ORDER, ()),
    "captured, not in the ledger window": (
        lambda: replace(records(FULFILLED), order=None, ledger={}),
        Kind.CHARGED_WITHOUT_ORDER,
        (),
    ),
    "two payments": (lambda: second_charge(records(FULFILLED)), Kind.CHARGED_TWICE, ()),
    "captured too much": (
        lambda: with_charge(records(FULFILLED), captured=TOTAL + 1),
        Kind.CHARGED_OTHER_AMOUNT,
        (),
    ),
    "the row has too much": (
        lambda: replace(with_payment(records(FULFILLED), amount=TOTAL + 1), ledger={}),
        Kind.CHARGED_OTHER_AMOUNT,
        (),
    ),
    "captured, then cancelled": (
        lambda: with_charge(with_payment(records(CANCELLED), status=CAPTURED), status=CAPTURED, captured=TOTAL),
        Kind.CHARGED_NOT_DELIVERED,
        (),
    ),
    "captured before the delivery": (
        lambda: with_charge(records(SHIPPED), status=CAPTURED, captured=TOTAL),
        Kind.CHARGED_NOT_DELIVERED,
        (),
    ),
    "delivered, still held": (
        lambda: still_held(records(FULFILLED)),
        Kind.DELIVERED_NOT_CAPTURED,
        ("OrderModified", "DeliveryCompleted"),
    ),
    "delivered, payment has no row": (
        lambda: replace(still_held(records(FULFILLED)), payment=None),
        Kind.DELIVERED_NOT_CAPTURED,
        ("OrderModified", "DeliveryCompleted"),
    ),
    "delivered, hold void": (
        lambda: with_order(
            with_charge(with_payment(records(FULFILLED), status=VOIDED), status="CANCELLED", captured=0),
            payment_status=VOIDED,
        ),
        Kind.DELIVERED_NOT_CAPTURED,
        (),
    ),
    "cancelled, still held": (
        lambda: still_held(records(CANCELLED)),
        Kind.HOLD_NOT_VOID,
        ("PackagingCancelled",),
    ),
    "packaging failed, still held": (
        lambda: still_held(records(PACKAGING_FAILED)),
        Kind.HOLD_NOT_VOID,
        ("PackagingFailed",),
    ),
    "delivery failed, payment has no row": (
        lambda: replace(still_held(records(DELIVERY_FAILED)), payment=None),
        Kind.HOLD_NOT_VOID,
        ("OrderModified", "DeliveryFailed"),
    ),
    "payment has captured, the provider held": (
        lambda: with_charge(records(FULFILLED), status=HELD, captured=0),
        Kind.BOOKS_DIFFER,
        (),
    ),
    "payment has void, the provider held": (
        lambda: with_charge(records(CANCELLED), status=HELD),
        Kind.BOOKS_DIFFER,
        (),
    ),
    "payment has paid back, the provider has not": (
        lambda: refunded(records(FULFILLED), payment=100, order=100),
        Kind.BOOKS_DIFFER,
        (),
    ),
    "paid back, and the order does not show it": (
        lambda: refunded(with_charge(records(FULFILLED), refunded=100), payment=100),
        Kind.REFUND_NOT_SHOWN,
        (),
    ),
    "payment has no row": (
        lambda: replace(records(PACKAGED), payment=None),
        Kind.ORDER_WITHOUT_PAYMENT,
        ("OrderModified",),
    ),
    "held, order deleted": (
        lambda: replace(records(SHIPPED), order=None, request=None, delivery=None),
        Kind.PAYMENT_WITHOUT_ORDER,
        (),
    ),
    "the warehouse has no request": (
        lambda: replace(records(NEW), request=None),
        Kind.ORDER_WITHOUT_STOCK,
        ("OrderCreated",),
    ),
    "its reservation lapsed": (
        lambda: with_request(records(NEW), status=LAPSED),
        Kind.ORDER_WITHOUT_STOCK,
        ("OrderCreated",),
    ),
    "its reservation was never taken": (
        lambda: with_request(records(NEW), status=HELD),
        Kind.ORDER_WITHOUT_STOCK,
        ("OrderCreated",),
    ),
    "packaged, no request in the warehouse": (
        lambda: replace(records(PACKAGED), request=None),
        Kind.ORDER_WITHOUT_STOCK,
        (),
    ),
    "packaged and still new, no request in the warehouse": (
        lambda: replace(with_order(records(NEW), packaged_at=THEN), request=None),
        Kind.ORDER_WITHOUT_STOCK,
        (),
    ),
    "a reservation that should have lapsed": (
        lambda: OrderRecords("x", request=replace(_request(), status=HELD, expires_at=THEN)),
        Kind.RESERVATION_NOT_LAPSED,
        (),
    ),
    "a request of no order": (lambda: OrderRecords("x", request=_request()), Kind.REQUEST_WITHOUT_ORDER, ()),
    "a delivery of no order": (
        lambda: OrderRecords("x", delivery=records(SHIPPED).delivery),
        Kind.DELIVERY_WITHOUT_ORDER,
        (),
    ),
    "stock did not come back": (
        lambda: with_request(records(DELIVERY_FAILED), delivery_failed=False),
        Kind.STOCK_NOT_BACK,
        ("DeliveryFailed",),
    ),
    "cancelled, and the request continues": (
        lambda: with_request(records(CANCELLED), status=NEW),
        Kind.STOCK_NOT_BACK,
        (),
    ),
    "cancelled, and the package left": (
        lambda: with_request(records(CANCELLED), status=COMPLETED),
        Kind.STOCK_NOT_BACK,
        (),
    ),
    "packaged, no delivery": (
        lambda: replace(records(PACKAGED), delivery=None),
        Kind.NO_DELIVERY_OPENED,
        ("PackageCreated",),
    ),
    "the order missed: packaged": (
        lambda: with_request(records(NEW), status=COMPLETED),
        Kind.STUCK_ORDER,
        ("PackageCreated",),
    ),
    "the order missed: cancelled": (
        lambda: with_request(records(NEW), status=CANCELLED),
        Kind.STUCK_ORDER,
        ("PackagingCancelled",),
    ),
    "the order missed: packaging failed": (
        lambda: with_request(records(NEW), status=FAILED),
        Kind.STUCK_ORDER,
        ("PackagingFailed",),
    ),
    "the order missed: on its way": (
        lambda: with_delivery(records(PACKAGED), status=IN_PROGRESS),
        Kind.STUCK_ORDER,
        ("DeliveryStarted",),
    ),
    "the order missed: delivery failed": (
        lambda: with_delivery(records(SHIPPED), status=FAILED),
        Kind.STUCK_ORDER,
        ("DeliveryFailed",),
    ),
    "the order missed: captured": (
        lambda: with_order(records(FULFILLED), payment_status=AUTHORISED),
        Kind.STUCK_ORDER,
        ("PaymentCaptured",),
    ),
    "the order missed: void": (
        lambda: with_order(records(CANCELLED), payment_status=AUTHORISED),
        Kind.STUCK_ORDER,
        ("PaymentVoided",),
    ),
    "shipped, no delivery row": (lambda: replace(records(SHIPPED), delivery=None), Kind.STUCK_ORDER, ()),
    "an unknown status": (lambda: with_order(records(NEW), status="BROKEN"), Kind.STUCK_ORDER, ()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(damage: str) -> None:
    made, kind, repair_events = DAMAGE[damage]
    found = judged(made())
    assert kinds(found) == [kind]
    assert found[0].repair_events == repair_events
    assert not found[0].is_note
    assert found[0].what_to_do


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_recent_disagreement_is_no_finding(damage: str) -> None:
    made, _, _ = DAMAGE[damage]
    longer = NOW - THEN + MOMENT
    patient = Limits(longer, longer, longer, longer)
    assert judged(made(), patient) == []


def test_an_order_that_missed_its_delivery() -> None:
    """The order is repaired first, then its payment."""
    found = judged(with_delivery(records(SHIPPED), status=COMPLETED))
    assert kinds(found) == [Kind.DELIVERED_NOT_CAPTURED, Kind.STUCK_ORDER]
    assert {name for finding in found for name in finding.repair_events} == {"OrderModified", "DeliveryCompleted"}


def test_a_delivered_order_waits_for_the_end_of_packaging() -> None:
    overtaken = with_order(still_held(records(FULFILLED)), packaged_at=None)
    assert Kind.STUCK_ORDER in kinds(judged(overtaken))
    assert ("PackageCreated",) in [finding.repair_events for finding in judged(overtaken)]


# --- people decide ---


@pytest.mark.parametrize(
    "waiting",
    [
        records(NEW),
        with_request(records(NEW), status=IN_PROGRESS),
        records(PACKAGED),
        records(SHIPPED),
        with_order(with_request(still_held(records(FULFILLED)), status=NEW), packaged_at=None),
        with_order(
            with_charge(with_payment(records(FULFILLED), status=FAILED), status=HELD, captured=0), payment_status=FAILED
        ),
    ],
)
def test_waiting_for_staff_is_a_note(waiting: OrderRecords) -> None:
    assert judged(waiting) == []
    (late,) = judged(waiting, Limits(staff=timedelta(days=1)))
    assert (late.kind, late.is_note, late.repair_events) == (Kind.WAITING_FOR_STAFF, True, ())


# --- no findings ---


def test_a_hold_without_order_is_a_note() -> None:
    hold = LedgerEntry(HELD, 500, 0, 0, THEN)
    (found,) = judge_hold("abc", hold, NOW, LIMITS)
    assert (found.kind, found.is_note, found.repair_events) == (Kind.HOLD_WITHOUT_ORDER, True, ())
    assert judge_hold("abc", replace(hold, created_at=NOW), NOW, LIMITS) == []


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETED", "FAILED", "LAPSED", "HELD"])
def test_a_request_without_order_and_stock_is_no_finding(status: str) -> None:
    """Tombstones, reservations before their order, and orders deleted after the package left."""
    later = replace(_request(), status=status, expires_at=NOW + MOMENT)
    assert judged(OrderRecords("x", request=later)) == []


def test_a_manual_order_without_a_payment_token_has_no_finding() -> None:
    for status in (FULFILLED, *sorted(ENDED_BADLY)):
        by_hand = replace(with_order(records(status), token=None), payment=None, ledger={})
        assert judged(by_hand) == []


def test_refunded_money_is_no_charge() -> None:
    refunded = with_charge(records(CANCELLED), status=CAPTURED, captured=TOTAL, refunded=TOTAL)
    settled = with_payment(refunded, status=CAPTURED)
    assert Kind.CHARGED_NOT_DELIVERED not in kinds(judged(settled))
    partly = with_charge(records(FULFILLED), refunded=100)
    assert judged(with_order(partly, payment_status="PARTIALLY_REFUNDED")) == []


def test_an_expired_hold_agrees_with_a_void() -> None:
    assert judged(with_charge(records(CANCELLED), status="EXPIRED")) == []


def test_a_row_behind_the_ledger_is_found() -> None:
    behind = with_order(with_payment(records(CANCELLED), status=HELD), payment_status=AUTHORISED)
    assert kinds(judged(behind)) == [Kind.HOLD_NOT_VOID]


def test_a_failed_order_without_payment_row_and_hold_has_no_finding() -> None:
    assert judged(replace(records(CANCELLED), payment=None)) == []


def test_a_row_without_a_date_is_always_compared() -> None:
    found = judged(replace(with_payment(records(FULFILLED), changed_at=None), order=None))
    assert Kind.CHARGED_WITHOUT_ORDER in kinds(found)


@pytest.mark.parametrize("since", [None, THEN])
def test_what_has_no_date_is_as_good_as_old(since: datetime | None) -> None:
    """It was written manually, and is not under way."""
    (found,) = judged(OrderRecords("x", request=replace(_request(), since=since)))
    assert (found.kind, found.since) == (Kind.REQUEST_WITHOUT_ORDER, since)


def test_every_kind_has_advice() -> None:
    assert set(WHAT_TO_DO) == set(Kind)
