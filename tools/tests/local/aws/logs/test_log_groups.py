"""A function logs what its role may write, and CloudFormation takes over no log group."""

from typing import Any

import pytest

from tools.local.client import Cloud
from tools.tests.local.functions import MAY_LOG, invoke, make_function
from tools.tests.local.probes import run_unpatched
from tools.tests.local.stacks import eventually

CODE = "def handler(event, context):\n    print('said', event)\n    return context.log_group_name\n"
STREAMS = ("logs:CreateLogStream", "logs:PutLogEvents")
GROUP = """
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: /taken, RetentionInDays: 7 }
"""


def may(*actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*"}


def messages(cloud: Cloud, group: str) -> str | None:
    """The text in a log group; None when there is no such group."""
    logs = cloud.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return None
    return "".join(event["message"] for event in logs.filter_log_events(logGroupName=group)["events"])


def said(cloud: Cloud, function: str) -> str | None:
    """What an invocation added to the log. A second function, which may log, shows that the output was handled."""
    witness = make_function(cloud, CODE, MAY_LOG)
    assert invoke(cloud, function, "one") == (None, f"/aws/lambda/{function}")
    invoke(cloud, witness, "two")
    eventually(lambda: "said two" in (messages(cloud, f"/aws/lambda/{witness}") or ""), "the witness's log")
    return messages(cloud, f"/aws/lambda/{function}")


def test_a_role_that_may_creates_the_group(cloud: Cloud) -> None:
    function = make_function(cloud, CODE, MAY_LOG)
    assert "said one" in (said(cloud, function) or "")


@pytest.mark.parametrize(
    "statements",
    [(), (may(*STREAMS),), (may("logs:*"), may("logs:CreateLogGroup", effect="Deny"))],
    ids=["no permission", "streams only", "denied"],
)
def test_without_the_permission_no_group_is_created(cloud: Cloud, statements: tuple[dict[str, Any], ...]) -> None:
    assert said(cloud, make_function(cloud, CODE, *statements)) is None


@pytest.mark.parametrize(("actions", "logged"), [(STREAMS, True), (STREAMS[:1], False), (STREAMS[1:], False)])
def test_a_group_that_exists_needs_no_permission_to_create_it(
    cloud: Cloud, actions: tuple[str, ...], logged: bool
) -> None:
    function = make_function(cloud, CODE, may(*actions))
    cloud.client("logs").create_log_group(logGroupName=f"/aws/lambda/{function}")
    assert ("said one" in (said(cloud, function) or "")) == logged


def test_cloudformation_refuses_a_log_group_that_exists(cloud: Cloud) -> None:
    cloudformation, logs = cloud.client("cloudformation"), cloud.client("logs")
    logs.create_log_group(logGroupName="/taken")
    logs.create_log_stream(logGroupName="/taken", logStreamName="kept")
    cloudformation.create_stack(StackName="taking", TemplateBody=GROUP, OnFailure="ROLLBACK")

    def status() -> str | None:
        (stack,) = cloudformation.describe_stacks(StackName="taking")["Stacks"]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else str(stack["StackStatus"])

    assert eventually(status, "the stack's end") == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName="taking")["StackEvents"]
    (reason,) = [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    identifier = '{"/properties/LogGroupName":"/taken"}'
    assert reason == f"Resource of type 'AWS::Logs::LogGroup' with identifier '{identifier}' already exists."
    assert logs.describe_log_streams(logGroupName="/taken")["logStreams"]


def test_the_engine_alone_replaces_a_group(tmp_path: Any) -> None:
    """A probe: when this fails, the engine refuses it itself, and the patch can go."""
    script = """
logs, provisioners = patching.core("services.cloudwatch_logs"), patching.core("services.cloudformation.provisioners")
logs._create_log_group({"logGroupName": "/taken"})
logs._create_log_stream({"logGroupName": "/taken", "logStreamName": "kept"})
provisioners._cwlogs_create("Logs", {"LogGroupName": "/taken"}, "stack")
print(len(logs._log_groups["/taken"]["streams"]))
"""
    assert run_unpatched(tmp_path, script) == ["0"]
