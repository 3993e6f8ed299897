"""A cloud that is stopped or killed in each state of an execution goes on with it at its next start."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.aws.stepfunctions.machine import (
    Machine,
    Teller,
    machine,
    output,
    task,
    wait_for_token,
)
from tools.tests.local.functions import MAY_LOG, make_function
from tools.tests.local.saved import wait_saved
from tools.tests.local.stacks import eventually

# Runs until its file is gone.
SLOW = """
    import os, pathlib, time
    def handler(event, context):
        wait = pathlib.Path(os.environ["WAIT"])
        with (wait.parent / "asked").open("a") as asked:
            asked.write("x")
        while wait.exists():
            time.sleep(0.1)
        return "done"
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with start_temporary(tmp_path_factory.mktemp("killed")) as cloud:
        yield cloud


def kill(cloud: Cloud, *saved: str) -> None:
    """Kill the cloud when these texts are on the disk, and start it again."""
    for text in saved:
        wait_saved(cloud.home, text)
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: cloud.home.running() is None or None, "the cloud is dead")
    lifecycle.start(cloud.home)


def stop(cloud: Cloud, *_saved: str) -> None:
    lifecycle.stop(cloud.home)
    lifecycle.start(cloud.home)


@pytest.mark.parametrize("end", [kill, stop])
def test_an_execution_that_waits_for_its_token(own: Cloud, end: Callable[..., None]) -> None:
    teller = Teller(own)
    one = Machine(own, machine("Ask", Ask=wait_for_token(teller.name)))
    execution = one.start({"a": 1})
    token = teller.token()
    eventually(lambda: one.kinds(execution)[-1] == "TaskSubmitted", "the task waits")
    end(own, token, "TaskSubmitted")
    before = one.events(execution)
    one.client.send_task_success(taskToken=token, output='"late"')
    assert output(one.ended(execution)) == "late"
    assert one.events(execution)[: len(before)] == before


def test_a_call_that_is_interrupted_is_made_again(own: Cloud, tmp_path: Path) -> None:
    wait = tmp_path / "wait"
    wait.touch()
    slow = make_function(own, SLOW, MAY_LOG, Environment={"Variables": {"WAIT": str(wait)}}, Timeout=60)
    one = Machine(own, machine("Ask", Ask=task(slow, TimeoutSeconds=60)))
    execution = one.start()
    eventually(lambda: (tmp_path / "asked").exists() or None, "the function runs")
    kill(own, execution, "TaskStarted")
    eventually(lambda: (tmp_path / "asked").read_text() == "xx" or None, "the function runs again")
    wait.unlink()
    assert output(one.ended(execution))["Payload"] == "done"
    assert one.kinds(execution).count("TaskScheduled") == 1


def test_executions_that_wait_or_have_ended(own: Cloud) -> None:
    wait = {"Type": "Wait", "Seconds": 240, "Next": "Done"}
    waits = Machine(own, machine("Wait", Wait=wait, Done={"Type": "Succeed"}))
    ends = Machine(own, machine("Done", Done={"Type": "Succeed"}))
    waiting, ended = waits.start({"w": 1}), ends.start({"e": 1}, name="once")
    before = ends.ended(ended)
    kill(own, waiting, "WaitStateEntered", '\\"name\\": \\"once\\"')
    after = ends.describe(ended)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    assert len(ends.events(ended)) == 4
    with pytest.raises(ends.client.exceptions.ExecutionAlreadyExists):
        ends.start({"e": 1}, name="once")
    assert output(waits.ended(waiting)) == {"w": 1}


def test_a_retry_that_is_due_after_the_start(own: Cloud) -> None:
    failing = make_function(own, "def handler(event, context):\n    raise ValueError('no')\n", MAY_LOG)
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 240, "MaxAttempts": 1}
    one = Machine(own, machine("Ask", Ask=task(failing, Retry=[retry])))
    execution = one.start()
    eventually(lambda: one.kinds(execution)[-1] == "TaskFailed", "the first attempt")
    kill(own, execution, "TaskFailed")
    assert one.ended(execution)["error"] == "ValueError"
    assert one.kinds(execution).count("TaskFailed") == 2
