"""`make timeline`: rows of returns as steps, and who acts next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.times import timestamp
from returns_service.domain import (
    TRANSITIONS,
    Order,
    ReceivedLine,
    Request,
    RequestedLine,
    Return,
    Status,
    failed,
    move,
    new_return,
    receive,
    refunded,
)
from returns_service.rows import Stored, return_item
from tools.operate.timeline import returns, rows
from tools.operate.timeline.steps import Kind, Step

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = Order("order-1", "sub-1", "EUR", {"kettle": 2}, {"kettle": 1000}, NOON)
REQUEST = Request("sub-1_kettle-back", "sub-1", "order-1", (RequestedLine("kettle", 2, "It leaks"),), "requestReturn")


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


REQUESTED = new_return(REQUEST, ORDER, {}, NOON, 30)
APPROVED = move(REQUESTED, Status.APPROVED, after(1), "approveReturn")
RECEIVED = receive(
    APPROVED,
    [ReceivedLine("kettle", 1, "RESTOCK"), ReceivedLine("kettle", 1, "SCRAP")],
    after(2),
    "receiveReturn",
)


def item_of(value: Return) -> dict[str, Any]:
    """The row as *returns* stores it."""
    return return_item(Stored(value, 1, 1), value, "request-9")


def steps_of(value: Return, now: datetime = NOON) -> tuple[list[Step], list[Step]]:
    """What happened, and what is next."""
    steps = list(returns.of_return(item_of(value), now))
    return [step for step in steps if step.kind is Kind.RETURN], [step for step in steps if step.kind is Kind.NEXT]


def test_a_return_has_a_step_for_each_status_until_the_money_is_back() -> None:
    done, waits = steps_of(refunded(RECEIVED, 2000, after(3), "refund"))
    assert [(step.at, step.what) for step in done] == [
        (NOON, "return kettle-back: the shopper wants to send back 2 x kettle"),
        (after(1), "return kettle-back: staff approved it"),
        (after(2), "return kettle-back: 2 x kettle came back; can be sold again: 1 x kettle"),
        (after(3), "return kettle-back: 20.00 EUR were paid back (final)"),
    ]
    assert [(step.cause, step.event) for step in done] == [
        ("requestReturn", "ReturnRequested"),
        ("approveReturn", "ReturnApproved"),
        ("receiveReturn", "ReturnReceived"),
        ("refund", "ReturnRefunded"),
    ]
    assert [step.trace for step in done] == ["", "", "", "request-9"]
    assert {step.detail["returnId"] for step in done} == {"sub-1_kettle-back"}
    assert waits == []


@pytest.mark.parametrize(
    ("cause", "function"),
    [("requestReturn", "returns-graphql-request-return"), ("PUT /returns", "returns-step-register")],
)
def test_the_first_step_names_the_function_that_stored_the_request(cause: str, function: str) -> None:
    request = Request("sub-1_r", "sub-1", "order-1", REQUEST.lines, cause)
    (first,), _ = steps_of(new_return(request, ORDER, {}, NOON, 30))
    assert (first.cause, first.function) == (cause, function)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (REQUESTED, "is REQUESTED, for 9 min: waits for staff, who approve or refuse it"),
        (APPROVED, "is APPROVED, for 8 min: waits for the goods"),
        (RECEIVED, "is RECEIVED, for 7 min: its execution makes the units available and pays back"),
        (
            failed(RECEIVED, "the refund was declined: DECLINED", after(3), "refund"),
            "is FAILED, for 6 min: staff pay back 20.00 EUR with refundOrder, unless they did",
        ),
    ],
)
def test_who_acts_next_with_the_whole_id(value: Return, text: str) -> None:
    _, (step,) = steps_of(value, after(9))
    assert (step.at, step.service) == (None, "returns")
    assert step.what.startswith(f"return sub-1_kettle-back {text}")


@pytest.mark.parametrize("status", [Status.REFUSED, Status.CANCELLED, Status.EXPIRED])
def test_a_return_without_goods_ends_and_waits_for_no_one(status: Status) -> None:
    done, waits = steps_of(move(REQUESTED, status, after(1), "cause", reason="It is worn"))
    assert done[-1].what.endswith(" (final) (It is worn)" if status is Status.REFUSED else " (final)")
    assert waits == []


def test_every_status_has_a_meaning_and_every_open_one_an_actor() -> None:
    assert set(returns.RETURN) == set(Status)
    assert set(returns.NEXT) == {*TRANSITIONS, Status.FAILED}


def test_a_failed_return_has_its_reason() -> None:
    done, _ = steps_of(failed(RECEIVED, "the refund was declined: DECLINED", after(3), "refund"))
    assert done[-1].what.endswith("(final) (the refund was declined: DECLINED)")


@pytest.mark.parametrize("value", [None, 7, "x", [7]])
def test_what_cannot_be_read_of_a_manual_row_has_no_step(value: object) -> None:
    row = {"id": value, "history": value, "lines": value, "refund": value, "currency": value}
    assert list(returns.of_return({**row, "status": 7}, NOON)) == []
    (step,) = returns.of_return({**row, "status": "FAILED"}, NOON)
    assert step.kind is Kind.NEXT


def test_a_mail_of_a_return_has_its_event() -> None:
    step = rows.of_mail({"kind": "return_refunded", "state": "SENT", "since": timestamp(NOON)})
    assert (step.cause, step.what) == ("ReturnRefunded", "the mail “return_refunded” was sent")
