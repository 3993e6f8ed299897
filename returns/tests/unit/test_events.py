"""The events of returns fit their schemas, and a request that broke a rule has none."""

import json
from dataclasses import replace
from typing import Any

import pytest

import returns_service
from ecom.events import OutgoingEvent
from ecom.schemas import Schemas
from ecom.table_stream import Change
from returns.tests.builders import NOON, RETURN, a_return, request
from returns_service.domain import Line, Return, Status, refused_request
from returns_service.events import SOURCE, events_of
from returns_service.rows import Stored, return_item

SCHEMAS = Schemas.of_service(returns_service.__file__)
BEFORE = {
    Status.REQUESTED: None,
    Status.APPROVED: Status.REQUESTED,
    Status.REFUSED: Status.REQUESTED,
    Status.CANCELLED: Status.APPROVED,
    Status.EXPIRED: Status.APPROVED,
    Status.RECEIVED: Status.APPROVED,
    Status.REFUNDED: Status.RECEIVED,
    Status.FAILED: Status.RECEIVED,
}


def published(before: Return | None, after: Return) -> list[OutgoingEvent]:
    stored = Stored(before, 1, 1) if before else None
    item: dict[str, Any] = return_item(stored, after, "correlation-1")
    return events_of(Change("record-1", SOURCE, {"id": item["id"]}, None, item), "EUR")


@pytest.mark.parametrize("status", Status)
def test_every_status_has_an_event_that_fits_its_schema(status: Status) -> None:
    before = BEFORE[status]
    line = Line("kettle", 2, 3990, "it leaks", received=2, restocked=1)
    after = replace(a_return(status, line), refund=7980, reason="why")
    (event,) = published(a_return(before) if before else None, after)
    assert event.detail_type == f"Return{status.capitalize()}"
    assert event.resources == (RETURN,)
    assert event.detail["orderId"] == "order-1"
    is_back = status in (Status.RECEIVED, Status.REFUNDED, Status.FAILED)
    assert ("received" in event.detail["lines"][0]) is is_back
    SCHEMAS.check(event.detail_type, json.loads(json.dumps(event.document())))


def test_a_return_that_was_stored_without_a_currency_has_the_environments() -> None:
    (event,) = published(None, replace(a_return(), currency=""))
    assert event.detail["currency"] == "EUR"
    SCHEMAS.check(event.detail_type, json.loads(json.dumps(event.document())))


def test_a_write_that_keeps_the_status_publishes_nothing() -> None:
    assert published(a_return(), a_return()) == []


def test_a_request_that_broke_a_rule_publishes_nothing() -> None:
    assert published(None, refused_request(request(), "why", "EUR", NOON)) == []
