"""The code examples of docs/consuming_events.md run."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecom.events import IncomingEvent
from ecom.inbox import Outcome
from ecom_testkit.examples import example, refused
from ecom_testkit.inbox import InboxInMemory
from ecom_testkit.lambda_events import NOON

PAGE = (Path(__file__).parents[3] / "docs" / "consuming_events.md").read_text()
NAMES: dict[str, Callable[..., Any]] = {}
for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
    exec(compile(block, "docs/consuming_events.md", "exec"), NAMES)  # noqa: S102 - our own page

WRITE: dict[str, Any] = {"Update": {}}


def incoming(detail_type: str, event_id: str, **metadata: Any) -> IncomingEvent[Any]:
    raw = example(detail_type, "order-1", event_id)
    known = {"eventId": event_id, **metadata}
    return IncomingEvent(event_id, raw["source"], detail_type, ("order-1",), raw["detail"], NOON, known)


def test_every_delivery_counts_once() -> None:
    inbox = InboxInMemory()
    given = [incoming("DeliveryCompleted", event_id) for event_id in ("event-2", "event-1", "event-2")]
    assert [NAMES["on_delivered"](event, inbox, WRITE) for event in given] == [True, True, False]
    assert inbox.written == [WRITE, WRITE]


def test_only_the_newest_state_counts_and_gaps_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    inbox = InboxInMemory()
    given = [incoming("OrderModified", f"event-{number}", sequence=number) for number in (2, 5, 3)]
    outcomes = [NAMES["on_order_modified"](event, inbox, WRITE) for event in given]
    assert outcomes == [Outcome.HANDLED, Outcome.HANDLED, Outcome.STALE]
    assert '"MissedOrderChanges":2' in capsys.readouterr().out


def test_an_example_has_the_subject_in_every_place() -> None:
    modified = example("OrderModified", "order-1", "event-1")
    assert modified["detail"]["old"]["orderId"] == modified["detail"]["new"]["orderId"] == "order-1"
    assert (modified["resources"], modified["detail"]["metadata"]["eventId"]) == (["order-1"], "event-1")


def test_a_refused_example_reaches_the_consumers_rule() -> None:
    event = refused("PackagingFailed", "order-1")
    assert (event["source"], event["resources"]) == ("ecommerce.warehouse", ["order-1"])


def test_an_unknown_event_has_no_examples() -> None:
    with pytest.raises(LookupError, match="no service publishes"):
        example("NeverHappened", "order-1")
