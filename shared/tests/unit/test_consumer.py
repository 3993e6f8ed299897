"""Events from a rule: parsed, dispatched by detail-type; poison goes to the dead-letter queue, other errors escape."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom import jsons
from ecom.consumer import handle_event
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


def test_a_valid_event_is_handled(schemas: Schemas) -> None:
    seen: list[IncomingEvent[Any]] = []
    dead_letters = DeadLetterSpy()
    handle_event(event({"orderId": "o-1", "new": "field"}), {"OrderCreated": seen.append}, schemas, dead_letters)
    assert [one.detail["orderId"] for one in seen] == ["o-1"]
    assert dead_letters.messages == []


def test_an_event_that_breaks_its_schema_becomes_a_dead_letter_with_the_reason(schemas: Schemas) -> None:
    seen: list[IncomingEvent[Any]] = []
    dead_letters = DeadLetterSpy()
    handle_event(event({}), {"OrderCreated": seen.append}, schemas, dead_letters)
    assert seen == []
    ((received, error),) = dead_letters.messages
    assert received == event({})
    assert "orderId" in error.message


@pytest.mark.parametrize("sequence", ["1e38", "1" + "0" * 38, "-1e38", "1e999999999"])
def test_a_sequence_that_no_table_can_store_becomes_a_dead_letter(schemas: Schemas, sequence: str) -> None:
    """Without it each delivery fails, or the function computes until its time limit, for a day."""
    text = jsons.dumps(event({"orderId": "o-1", "metadata": {"sequence": "HERE"}})).replace('"HERE"', sequence)
    seen: list[int | None] = []
    dead_letters = DeadLetterSpy()
    handle_event(jsons.loads(text), {"OrderCreated": lambda one: seen.append(one.sequence)}, schemas, dead_letters)
    assert [error.message for _, error in dead_letters.messages] == ["OrderCreated: metadata.sequence is out of range"]


def test_poison_becomes_a_dead_letter(schemas: Schemas) -> None:
    def refuse(_: IncomingEvent[Any]) -> None:
        raise Poison("more was packaged than ordered")

    dead_letters = DeadLetterSpy()
    handle_event(event({"orderId": "o-1"}), {"OrderCreated": refuse}, schemas, dead_letters)
    assert [error.message for _, error in dead_letters.messages] == ["more was packaged than ordered"]


@pytest.mark.usefixtures("fresh_logger")
@pytest.mark.parametrize("failure", [TryAgain("later"), RuntimeError("bug")])
def test_any_other_error_is_logged_and_escapes_so_that_aws_retries(
    schemas: Schemas, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: IncomingEvent[Any]) -> None:
        raise failure

    dead_letters = DeadLetterSpy()
    with pytest.raises(type(failure)):
        handle_event({**event({"orderId": "o-1"}), "resources": ["o-1"]}, {"OrderCreated": fail}, schemas, dead_letters)
    assert dead_letters.messages == []
    logged = json.loads(capsys.readouterr().out)
    assert (logged["event"], logged["about"], logged["error_type"]) == ("OrderCreated", "o-1", type(failure).__name__)


def test_a_detail_type_without_a_handler_becomes_a_dead_letter(schemas: Schemas) -> None:
    dead_letters = DeadLetterSpy()
    handle_event(event({"orderId": "o-1"}), {}, schemas, dead_letters)
    ((_, error),) = dead_letters.messages
    assert error.message == "OrderCreated: this function has no handler for it; correct the rule"
