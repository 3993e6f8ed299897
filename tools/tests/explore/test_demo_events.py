"""What the demo prints of events, and of the execution of a return."""

import json
from pathlib import Path

import pytest

from tools.explore.demo.bus import summary_of
from tools.explore.demo.sent_back import entered

EXAMPLES = Path(__file__).parents[3] / "returns" / "events" / "examples"


@pytest.mark.parametrize(
    ("name", "summary"), [("ReturnRequested", "2 x kettle"), ("ReturnRefunded", "2 x kettle, 98.00 EUR")]
)
def test_events_of_a_return_have_its_goods_and_the_money_once_it_is_known(name: str, summary: str) -> None:
    event = json.loads((EXAMPLES / f"{name}.json").read_text())
    assert summary_of(name, event["detail"]) == summary


def test_the_states_of_an_execution_are_those_that_it_entered_in_order() -> None:
    events = [
        {"type": "ExecutionStarted", "executionStartedEventDetails": {}},
        {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Register"}},
        {"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Register"}},
        {"type": "ChoiceStateEntered", "stateEnteredEventDetails": {"name": "IsRequested"}},
    ]
    assert entered(events) == ["Register", "IsRequested"]
