"""A replay that is interrupted is cancelled, whatever the moment; one that has ended is not."""

import signal
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.operate.replay.period import Period
from tools.operate.replay.replays import replayed
from tools.project.environments import Environment
from tools.project.problems import Problem

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
PERIOD = Period(datetime(2026, 11, 29, 10, tzinfo=UTC), datetime(2026, 11, 29, 11, tzinfo=UTC))
BUS_ARN = "arn:aws:events:us-east-1:1:event-bus/ecommerce-local"


class Events:
    """EventBridge with one replay. A signal comes during the request that `during` names."""

    def __init__(self, states: list[str], during: str = "", number: signal.Signals = signal.SIGINT) -> None:
        self.states, self.during, self.number = states, during, number
        self.requests: list[str] = []
        self.cancelled: list[str] = []

    def _came(self, request: str) -> None:
        self.requests.append(request)
        if request == self.during and self.requests.count(request) == 1:
            signal.raise_signal(self.number)

    def start_replay(self, **_: Any) -> None:
        self._came("start")

    def describe_replay(self, **_: str) -> dict[str, str]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self._came("describe")
        return {"State": state, "StateReason": "a reason"}

    def cancel_replay(self, **asked: str) -> None:
        if self.states[0] != "RUNNING":
            error = {"Error": {"Code": "IllegalStatusException", "Message": "it is not running"}}
            raise ClientError(error, "CancelReplay")  # type: ignore[arg-type]  # less than a whole answer
        signal.raise_signal(self.number)  # the operator presses Ctrl-C again
        self.cancelled.append(asked["ReplayName"])


def run(events: Events) -> list[str]:
    """Replay, and return what the operator reads."""
    lines: list[str] = []
    place: Any = SimpleNamespace(
        environment=Environment("local", "local", "us-east-1"),
        client=lambda _service: events,
        ssm=SimpleNamespace(get_parameter=lambda **_: {"Parameter": {"Value": BUS_ARN}}),
    )
    try:
        replayed(place, "replay-1", PERIOD, ["rule"], lines.append)
    except KeyboardInterrupt:
        lines.append("interrupted")
    return lines


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("during", ["start", "describe"])
def test_a_signal_cancels_the_replay(during: str, number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    events = Events(["RUNNING"], during, number)
    assert run(events) == ["the replay replay-1 is cancelled\n", "interrupted"]
    assert events.cancelled == ["replay-1"]
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_replay_that_ended_at_that_moment_is_no_error() -> None:
    assert run(Events(["COMPLETED"], "start")) == ["the replay replay-1 is completed already\n", "interrupted"]


def test_an_error_while_waiting_cancels_the_replay() -> None:
    class Unreadable(Events):
        def describe_replay(self, **_: str) -> dict[str, str]:
            raise RuntimeError("no answer")

    events = Unreadable(["RUNNING"])
    events.number = signal.SIGTERM
    with pytest.raises(RuntimeError, match="no answer"):
        run(events)
    assert events.cancelled == ["replay-1"]


def test_a_replay_that_ends_is_not_cancelled() -> None:
    completed, failed = Events(["RUNNING", "COMPLETED"]), Events(["RUNNING", "FAILED"])
    assert run(completed) == []
    with pytest.raises(Problem, match="the replay replay-1 is FAILED: a reason"):
        run(failed)
    assert completed.cancelled == failed.cancelled == []
