"""Which requests and operations may change CloudFormation's state, and that a kill loses none of them."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from tools.local import lifecycle
from tools.local.aws.cloudformation.engine_stack_changes import StackChanges, stack_changes
from tools.local.client import Cloud, start_temporary
from tools.local.persistence.engine_state import unchanged
from tools.tests.local.saved import wait_saved


def test_everything_may_have_changed_after_a_start_and_after_a_note() -> None:
    changes = StackChanges()
    assert [changes.take(), changes.take()] == [True, False]
    changes.note()
    assert [changes.take(), changes.take()] == [True, False]


def test_everything_may_change_while_an_operation_runs_and_at_its_end() -> None:
    changes, seen = StackChanges(), []
    changes.take()

    async def operation() -> None:
        seen.extend([changes.take(), changes.take()])
        raise RuntimeError("the operation failed")

    assert isinstance(asyncio.run(outcome(changes, operation())), RuntimeError)
    assert seen == [True, True]
    assert [changes.take(), changes.take()] == [True, False], "what it did last is saved"


async def outcome(changes: StackChanges, operation: Any) -> BaseException | None:
    (result,) = await asyncio.gather(changes.during(operation), return_exceptions=True)
    return result


def test_saves_leave_unchanged_stacks_out() -> None:
    stack_changes.note()
    assert [unchanged(), unchanged()] == [frozenset(), frozenset({"cloudformation"})]
    stack_changes.note()


def template(value: str) -> str:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/a", "Type": "String", "Value": value}}
    outputs = {"Out": {"Value": value, "Export": {"Name": "exported"}}}
    return json.dumps({"Resources": {"P": parameter}, "Outputs": outputs})


def deploy(client: Any, change: str, value: str) -> None:
    name = f"to-{value}"
    asked = {"StackName": "s", "ChangeSetName": name, "ChangeSetType": change}
    client.create_change_set(**asked, TemplateBody=template(value))
    client.get_waiter("change_set_create_complete").wait(StackName="s", ChangeSetName=name, WaiterConfig={"Delay": 1})
    client.execute_change_set(StackName="s", ChangeSetName=name)
    done = "stack_create_complete" if change == "CREATE" else "stack_update_complete"
    client.get_waiter(done).wait(StackName="s", WaiterConfig={"Delay": 1})


def seen(cloud: Cloud) -> dict[str, Any]:
    client = cloud.client("cloudformation")
    return {
        "stacks": client.describe_stacks()["Stacks"],
        "events": client.describe_stack_events(StackName="s")["StackEvents"],
        "exports": client.list_exports()["Exports"],
        "change sets": client.list_change_sets(StackName="s")["Summaries"],
        "policy": client.get_stack_policy(StackName="s").get("StackPolicyBody"),
        "listed": client.list_stacks()["StackSummaries"],
    }


def settle(cloud: Cloud) -> None:
    """Return when everything up to now is on the disk, and a later save has left the stacks out."""
    for _ in range(2):
        mark = f"/mark/{time.monotonic_ns()}"
        cloud.client("ssm").put_parameter(Name=mark, Value="v", Type="String")
        wait_saved(cloud.home, mark)


def kill(cloud: Cloud) -> None:
    os.kill(int(cloud.home.running() or 0), signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)


def test_a_kill_loses_no_change_of_a_stack(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        client = cloud.client("cloudformation")
        deploy(client, "CREATE", "one")
        settle(cloud)
        deploy(client, "UPDATE", "two")
        settle(cloud)
        client.set_stack_policy(StackName="s", StackPolicyBody='{"Statement": []}')
        settle(cloud)
        before = seen(cloud)
        kill(cloud)
        assert lifecycle.start(cloud.home)
        assert seen(cloud) == before


def test_a_kill_loses_nothing_of_a_long_operation(tmp_path: Path) -> None:
    """The stack waits longer than a save takes, and no request comes when it ends."""
    waits = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Timeout": "3", "Handle": {"Ref": "Handle"}}}
    body = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}, "Waits": waits}}
    with start_temporary(tmp_path) as cloud:
        client = cloud.client("cloudformation")
        client.create_stack(StackName="s", TemplateBody=json.dumps(body))
        settle(cloud)
        assert status(client) == "CREATE_IN_PROGRESS", "the test needs a slower stack"
        assert lifecycle.wait_until(lambda: status(client) == "ROLLBACK_COMPLETE", 20)
        settle(cloud)
        before = seen(cloud)
        kill(cloud)
        assert lifecycle.start(cloud.home)
        assert seen(cloud) == before


def status(client: Any) -> str:
    return str(client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"])
