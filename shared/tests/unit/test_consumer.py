"""An event from a rule: checked first; hopeless ones are put away with their reason, everything else escapes."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom.consumer import consume
from ecom.errors import Poison, TryAgain
from ecom.events import IncomingEvent
from ecom.schemas import Schemas
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import bus_event

SCHEMA = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "object", "required": ["orderId"]}},
}


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    (tmp_path / "OrderCreated.json").write_text(json.dumps(SCHEMA))
    return Schemas(tmp_path)


def event(detail: dict[str, Any]) -> dict[str, Any]:
    return bus_event("ecommerce.orders", "OrderCreated", detail)


def test_a_right_event_is_handled(schemas: Schemas) -> None:
    seen: list[IncomingEvent] = []
    away = DeadLetterSpy()
    consume(event({"orderId": "o-1", "new": "field"}), schemas, seen.append, away)
    assert [one.detail["orderId"] for one in seen] == ["o-1"]
    assert away.letters == []


def test_what_breaks_its_schema_is_put_away_whole_with_the_reason(schemas: Schemas) -> None:
    seen: list[IncomingEvent] = []
    away = DeadLetterSpy()
    consume(event({}), schemas, seen.append, away)
    assert seen == []
    ((received, error),) = away.letters
    assert received == event({})
    assert "orderId" in error.message


def test_what_the_domain_calls_poison_is_put_away(schemas: Schemas) -> None:
    def refuse(_: IncomingEvent) -> None:
        raise Poison("more was packaged than ordered")

    away = DeadLetterSpy()
    consume(event({"orderId": "o-1"}), schemas, refuse, away)
    assert [error.message for _, error in away.letters] == ["more was packaged than ordered"]


@pytest.mark.parametrize("failure", [TryAgain("later"), RuntimeError("bug")])
def test_anything_else_escapes_so_that_aws_tries_again(schemas: Schemas, failure: Exception) -> None:
    def fail(_: IncomingEvent) -> None:
        raise failure

    away = DeadLetterSpy()
    with pytest.raises(type(failure)):
        consume(event({"orderId": "o-1"}), schemas, fail, away)
    assert away.letters == []
