"""One execution in virtual time: what happens when, and which errors are retried and caught."""

from collections.abc import Mapping
from typing import Any

import pytest

from tools.local.aws.stepfunctions import retrying
from tools.local.aws.stepfunctions.moves import Tools
from tools.local.aws.stepfunctions.progress import Progress
from tools.local.aws.stepfunctions.tasks import Call
from tools.local.delivery.model import Pace
from tools.tests.local.aws.stepfunctions.machine import machine, task, wait_for_token

DAY = 86_400
END = {"Type": "Pass", "End": True}


class World:
    """An execution with a clock of its own."""

    def __init__(self, definition: Mapping[str, Any], given: object = None) -> None:
        self.now, self._ids = 1_000_000.0, iter(range(1000))
        self.execution: dict[str, Any] = {
            "arn": "arn:execution", "machine": "arn:machine:m", "name": "e", "role": "arn:role", "status": "RUNNING",
            "started": self.now, "stopped": None, "input": given, "input_text": "{}", "output": None, "error": None,
            "cause": None, "variables": {}, "state": None, "waiting": None, "gained": 0.0, "events": [],
        }  # fmt: skip
        tools = Tools(
            lambda: self.now, Pace(1 / 60), lambda: f"id-{next(self._ids)}", lambda _: f"t-{next(self._ids)}", "r"
        )
        self.progress = Progress(self.execution, definition, tools)
        self.progress.begin()

    def call(self) -> Call:
        found = self.progress.advance()
        assert isinstance(found, Call)
        return found

    def until(self) -> float:
        """How many seconds the execution waits, at most."""
        found = self.progress.advance()
        assert isinstance(found, float)
        return found - self.now

    def after(self, seconds: float) -> Call | float | None:
        self.now += seconds
        return self.progress.advance()

    @property
    def status(self) -> str:
        return str(self.execution["status"])


def test_waits_take_a_sixtieth() -> None:
    world = World(machine("Wait", Wait={"Type": "Wait", "Seconds": 6000, "End": True}))
    assert world.until() == pytest.approx(100)
    world.after(99.9)
    assert world.status == "RUNNING"
    assert world.after(0.2) is None
    assert world.status == "SUCCEEDED"


def test_a_running_function_has_its_own_time_and_a_token_a_sixtieth() -> None:
    world = World(machine("Ask", Ask=wait_for_token("f", TimeoutSeconds=600)))
    call = world.call()
    assert world.progress.task_deadline() == pytest.approx(world.now + 600)
    world.now += 300
    world.progress.returned(call.id, {"StatusCode": 200})
    assert world.until() == pytest.approx(5), "300 of 600 seconds are left"
    world.after(5.1)
    assert (world.status, world.execution["error"]) == ("FAILED", "States.Timeout")


def test_a_heartbeat_counts_from_the_end_of_the_function() -> None:
    world = World(machine("Ask", Ask=wait_for_token("f", TimeoutSeconds=DAY, HeartbeatSeconds=60)))
    call = world.call()
    world.now += 100
    world.progress.returned(call.id, {})
    assert world.until() == pytest.approx(1)
    world.now += 0.9
    world.progress.beat()
    assert world.until() == pytest.approx(1)
    world.after(1.1)
    assert world.execution["error"] == "States.HeartbeatTimeout"


def test_the_time_of_the_whole_execution_adds_up() -> None:
    wait = {"Type": "Wait", "Seconds": 600, "Next": "Ask"}
    world = World({**machine("Wait", Wait=wait, Ask=task("f")), "TimeoutSeconds": 700})
    assert world.until() == pytest.approx(10)
    assert isinstance(world.after(10.01), Call)
    assert world.progress.task_deadline() - world.now == pytest.approx(100, abs=1)
    world.after(101)
    assert world.status == "TIMED_OUT"


def test_a_restart_gives_an_interrupted_call_its_whole_time() -> None:
    world = World(machine("Ask", Ask=task("f", TimeoutSeconds=60)))
    call = world.call()
    world.now += DAY
    world.progress.resume()
    again = world.call()
    assert again.id == call.id
    world.progress.returned(again.id, {"Payload": 1})
    assert world.progress.advance() is None
    assert world.status == "SUCCEEDED"


def test_an_outcome_after_the_time_out_changes_nothing() -> None:
    catch = {"ErrorEquals": ["States.Timeout"], "Next": "Late"}
    world = World(machine("Ask", Ask=task("f", TimeoutSeconds=60, Catch=[catch]), Late=END))
    call = world.call()
    assert world.after(61) is None
    events = len(world.execution["events"])
    world.progress.returned(call.id, {"Payload": 1})
    assert (world.status, len(world.execution["events"])) == ("SUCCEEDED", events)


def test_a_reply_before_the_function_returns_ends_the_task() -> None:
    world = World(machine("Ask", Ask=wait_for_token("f")))
    call = world.call()
    world.progress.report({"result": 1})
    assert world.progress.advance() is None
    assert (world.status, world.execution["output"]) == ("SUCCEEDED", "1")
    world.progress.returned(call.id, {"Payload": 1})
    assert "TaskSubmitted" not in [event["type"] for event in world.execution["events"]]


def test_each_retrier_counts_for_itself() -> None:
    retry = [
        {"ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 60},
        {"ErrorEquals": ["B"], "MaxAttempts": 2, "IntervalSeconds": 60, "BackoffRate": 3, "MaxDelaySeconds": 120},
    ]
    world = World(machine("Ask", Ask=task("f", "{% $states.context.State.RetryCount %}", Retry=retry)))
    for number, (error, seconds) in enumerate((("A", 1), ("B", 1), ("B", 2))):
        call = world.call()
        assert call.arguments["Payload"] == number
        world.progress.returned(call.id, None, error, "why")
        assert world.until() == pytest.approx(seconds)
        world.now += seconds + 0.01
    world.progress.returned(world.call().id, None, "A", "why")
    assert world.progress.advance() is None
    assert (world.status, world.execution["error"], world.execution["cause"]) == ("FAILED", "A", "why")


def test_a_result_that_is_wrong_for_the_output_can_be_caught() -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}
    world = World(machine("Ask", Ask=task("f", Output="{% $states.result.missing %}", Catch=[catch]), Caught=END))
    world.progress.returned(world.call().id, {"Payload": 1})
    assert world.progress.advance() is None
    assert world.execution["output"] == '"States.QueryEvaluationError"'


def test_variables_and_output_see_the_values_of_before() -> None:
    first = {"Type": "Pass", "Assign": {"a": 1}, "Next": "Second"}
    second = {"Type": "Pass", "Assign": {"a": 2, "b": "{% $a %}"}, "Output": "{% $a %}", "Next": "Third"}
    third = {"Type": "Pass", "Output": ["{% $states.input %}", "{% $a %}", "{% $b %}"], "End": True}
    world = World(machine("First", First=first, Second=second, Third=third))
    assert world.progress.advance() is None
    assert world.execution["output"] == "[1,2,1]"


def test_a_loop_ends_with_its_history() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": False, "Next": "B"}], "Default": "A"}
    world = World(machine("A", A=choice, B={"Type": "Succeed"}))
    assert world.until() == 0, "others get their turn"
    while world.progress.advance() is not None:
        assert len(world.execution["events"]) < 25_000
    assert (world.status, len(world.execution["events"])) == ("FAILED", 25_000)


@pytest.mark.parametrize(
    ("error", "names", "taken"),
    [
        ("A", ["A"], True),
        ("A", ["States.ALL"], True),
        ("A", ["States.TaskFailed"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.HeartbeatTimeout", ["States.Timeout"], True),
        ("States.HeartbeatTimeout", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["States.ALL"], False),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
        ("States.Runtime", ["States.ALL"], False),
        ("", ["States.ALL"], True),
    ],
)
def test_which_errors_a_handler_takes(error: str, names: list[str], taken: bool) -> None:
    assert retrying.matches(error, names) is taken


def test_jitter_takes_a_part_of_the_pause() -> None:
    retrier = {"IntervalSeconds": 10, "JitterStrategy": "FULL"}
    assert retrying.delay(retrier, 1, lambda: 0.25) == 5
    assert retrying.delay(retrier, 3, lambda: 0.25) is None
    assert retrying.delay({"MaxAttempts": 99_999_999}, 9_999, lambda: 1) == 31_622_400
