"""Rights: of a machine's role, and of the callers of the API."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.aws.eventbridge.test_cloud_targets import make_role
from tools.tests.local.aws.stepfunctions.machine import (
    MAY_INVOKE,
    STATES,
    Machine,
    Teller,
    echo,
    machine,
    output,
    task,
    wait_for_token,
)
from tools.tests.local.functions import MAY_LOG, invoke, make_function

DONE = machine("Done", Done={"Type": "Succeed"})

# Calls Step Functions with the rights of its own role.
CALLER = """
    import boto3
    from botocore.exceptions import ClientError
    def handler(event, context):
        try:
            answer = getattr(boto3.client("stepfunctions"), event["call"])(**event["with"])
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "ok"
"""


def test_a_role_that_may_not_invoke_the_function_fails_the_task(cloud: Cloud) -> None:
    function, other = echo(cloud), echo(cloud)
    only = {**MAY_INVOKE, "Resource": f"arn:aws:lambda:us-east-1:000000000000:function:{other}"}
    catch = {"ErrorEquals": ["Lambda.AWSLambdaException"], "Next": "Caught"}
    caught = {"Type": "Pass", "Output": "{% $states.input.Cause %}", "End": True}
    one = Machine(cloud, machine("Ask", Ask=task(function, Catch=[catch]), Caught=caught), only)
    cause = output(one.run())
    assert "is not authorized to perform: lambda:InvokeFunction" in cause
    assert f"function:{function}" in cause
    assert one.role.rpartition("/")[2] in cause
    allowed = Machine(cloud, machine("Ask", Ask=task(other)), only)
    assert output(allowed.run({"answer": 1}))["Payload"] == 1


def test_a_right_for_a_function_is_none_for_its_alias(cloud: Cloud) -> None:
    function = echo(cloud)
    version = cloud.client("lambda").publish_version(FunctionName=function)["Version"]
    cloud.client("lambda").create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    definition = machine("Ask", Ask=task(f"{arn}:live"))
    assert Machine(cloud, definition, {**MAY_INVOKE, "Resource": arn}).run()["status"] == "FAILED"
    result = output(Machine(cloud, definition, {**MAY_INVOKE, "Resource": f"{arn}:live"}).run({"answer": 1}))
    assert (result["Payload"], result["ExecutedVersion"]) == (1, version)


def test_a_missing_function_fails_the_task(cloud: Cloud) -> None:
    described = Machine(cloud, machine("Ask", Ask=task("there-is-none"))).run()
    assert described["error"] == "Lambda.ResourceNotFoundException"


def test_a_role_must_trust_step_functions(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    for role in (make_role(cloud, "lambda.amazonaws.com"), "arn:aws:iam::000000000000:role/none"):
        with pytest.raises(ClientError, match=r"AccessDeniedException.*authorized to assume the provided role"):
            client.create_state_machine(name=f"m-{uuid.uuid4().hex[:8]}", definition=_text(DONE), roleArn=role)


def test_logging_needs_rights(cloud: Cloud) -> None:
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/m:*"
    logging = {"level": "ERROR", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        Machine(cloud, DONE, MAY_INVOKE, loggingConfiguration=logging)
    may_log = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    assert Machine(cloud, DONE, MAY_INVOKE, may_log, loggingConfiguration=logging).run()["status"] == "SUCCEEDED"


Ask = Callable[..., str]


def caller(cloud: Cloud, *rights: dict[str, Any]) -> Ask:
    name = make_function(cloud, CALLER, MAY_LOG, *rights)

    def ask(call: str, **request: Any) -> str:
        error, answer = invoke(cloud, name, {"call": call, "with": request})
        assert error is None, answer
        return str(answer)

    return ask


def test_who_may_start_and_read_executions(cloud: Cloud) -> None:
    one, other = Machine(cloud, DONE), Machine(cloud, DONE)
    execution = one.start()
    ask = caller(
        cloud,
        {"Effect": "Allow", "Action": ["states:StartExecution", "states:ListExecutions"], "Resource": one.arn},
        {"Effect": "Allow", "Action": "states:DescribeExecution", "Resource": execution},
    )
    assert ask("start_execution", stateMachineArn=one.arn) == "ok"
    assert ask("start_execution", stateMachineArn=other.arn) == "AccessDeniedException"
    assert ask("list_executions", stateMachineArn=one.arn) == "ok"
    assert ask("describe_execution", executionArn=execution) == "ok"
    assert ask("describe_execution", executionArn=one.start()) == "AccessDeniedException"
    assert ask("get_execution_history", executionArn=execution) == "AccessDeniedException"
    assert ask("stop_execution", executionArn=execution) == "AccessDeniedException"


def test_who_may_report_a_task(cloud: Cloud) -> None:
    teller = Teller(cloud)
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name)))
    execution = one.start()
    token = teller.token()
    nobody = caller(cloud)
    assert nobody("send_task_success", taskToken=token, output="1") == "AccessDeniedException"
    assert nobody("send_task_failure", taskToken=token) == "AccessDeniedException"
    # AWS has no resource for these actions: a right for the machine alone is none.
    only = caller(cloud, {"Effect": "Allow", "Action": "states:SendTask*", "Resource": "arn:aws:states:::x"})
    assert only("send_task_success", taskToken=token, output="1") == "AccessDeniedException"
    allowed = caller(cloud, {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": "*"})
    assert allowed("send_task_failure", taskToken=token) == "AccessDeniedException"
    assert allowed("send_task_success", taskToken=token, output="1") == "ok"
    assert output(one.ended(execution)) == 1


def test_a_machine_needs_the_right_to_pass_its_role(cloud: Cloud) -> None:
    role = make_role(cloud, STATES)
    create = {"Effect": "Allow", "Action": "states:CreateStateMachine", "Resource": "*"}
    request = {"name": f"m-{uuid.uuid4().hex[:8]}", "definition": _text(DONE), "roleArn": role}
    assert caller(cloud, create)("create_state_machine", **request) == "AccessDeniedException"
    may_pass = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    assert caller(cloud, create, may_pass)("create_state_machine", **request) == "ok"


def test_the_refusal_names_an_explicit_deny(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="denied")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="denied", PolicyName="denied", PolicyDocument=policy)
    key = iam.create_access_key(UserName="denied")["AccessKey"]
    client = cloud.client("stepfunctions", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))
    with pytest.raises(ClientError, match=r"iam:PassRole on resource: \S+ with an explicit deny"):
        client.create_state_machine(name="denied", definition=_text(DONE), roleArn=make_role(cloud, STATES))


def _text(definition: dict[str, Any]) -> str:
    return json.dumps(definition)
