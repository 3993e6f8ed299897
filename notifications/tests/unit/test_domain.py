"""Which mail an event means, and what a row in the way means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.errors import InvalidEvent
from ecom_testkit.lambda_events import NOON
from notifications.tests.builders import accepted, order_mail, status_changed
from notifications.tests.contract import CLAIM, SENT, UNKNOWN
from notifications_service.domain import CLAIM_LIFETIME, Decision, Kind, decide

CHANGED = datetime(2026, 3, 1, 11, 45, tzinfo=UTC)


def test_an_accepted_order() -> None:
    found = order_mail(accepted())
    assert (found.kind, found.text, found.order_id, found.user_id) == (Kind.ACCEPTED, "accepted", "order-1", "user-1")
    assert found.at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        ("PACKAGED", Kind.PACKAGED, "packaged"),
        ("SHIPPED", Kind.SHIPPED, "shipped"),
        ("FULFILLED", Kind.DELIVERED, "delivered"),
        ("PACKAGING_FAILED", Kind.FAILED, "packaging_failed"),
        ("DELIVERY_FAILED", Kind.FAILED, "delivery_failed"),
        ("CANCELLED", Kind.CANCELLED, "cancelled"),
    ],
)
def test_an_order_with_a_new_status(status: str, kind: Kind, text: str) -> None:
    found = order_mail(status_changed(status))
    assert (found.kind, found.text, found.at) == (kind, text, CHANGED)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"history": None}, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ({"history": None, "modifiedDate": None}, NOON),
        ({"history": None, "modifiedDate": "yesterday"}, NOON),
        ({"history": None, "modifiedDate": "2026-03-01T09:30:00"}, NOON),
        ({"history": [{"status": "SHIPPED"}]}, NOON),
        ({"history": None, "modifiedDate": "0001-01-01T00:00:00+10:00"}, NOON),
        ({"history": None, "modifiedDate": "9999-12-31T23:59:59-10:00"}, NOON),
    ],
)
def test_an_older_producer_may_leave_out_times(changes: dict[str, Any], at: datetime) -> None:
    assert order_mail(status_changed("SHIPPED", **changes)).at == at


def test_the_latest_entry_of_a_status_counts() -> None:
    history = [{"at": f"2026-03-01T0{hour}:00:00.000Z", "status": "SHIPPED"} for hour in (1, 2)]
    assert order_mail(status_changed("SHIPPED", history=history)).at.hour == 2


@pytest.mark.parametrize("changes", [{"userId": None}, {"userId": ""}])
def test_the_owner_may_be_missing(changes: dict[str, Any]) -> None:
    assert order_mail(accepted(**changes)).user_id is None


def not_moved() -> dict[str, Any]:
    event = status_changed("SHIPPED")
    return {**event, "detail": {**event["detail"], "changed": ["paymentStatus"]}}


@pytest.mark.parametrize("raw", [status_changed("NEW"), status_changed("SOMETHING"), not_moved()])
def test_an_event_outside_the_rules_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        order_mail(raw)


BEFORE, AFTER = UNKNOWN.since - timedelta(seconds=1), UNKNOWN.since + timedelta(seconds=1)


@pytest.mark.parametrize("redriven_at", [None, BEFORE, AFTER])
def test_a_sent_mail_is_not_sent_again(redriven_at: datetime | None) -> None:
    assert decide(SENT, AFTER, redriven_at) is Decision.ALREADY_SENT


@pytest.mark.parametrize("redriven_at", [None, BEFORE, AFTER])
def test_a_mail_is_not_sent_while_the_function_that_claimed_it_may_run(redriven_at: datetime | None) -> None:
    almost = NOON + CLAIM_LIFETIME - timedelta(milliseconds=1)
    assert decide(CLAIM, almost, redriven_at) is Decision.IN_PROGRESS
    assert decide(CLAIM, NOON + CLAIM_LIFETIME, redriven_at) is Decision.ABANDONED


@pytest.mark.parametrize(
    ("redriven_at", "verdict"),
    [
        (None, Decision.NEEDS_OPERATOR),
        (BEFORE, Decision.NEEDS_OPERATOR),
        (UNKNOWN.since, Decision.NEEDS_OPERATOR),
        (AFTER, Decision.SEND_AGAIN),
    ],
)
def test_a_redrive_counts_for_an_outcome_that_was_unknown_before(
    redriven_at: datetime | None, verdict: Decision
) -> None:
    assert decide(replace(UNKNOWN), AFTER, redriven_at) is verdict
