"""State machines in stacks."""

import json
from typing import Any

import pytest

from tools.local.client import Cloud
from tools.tests.local.aws.stepfunctions.machine import STATES, output
from tools.tests.local.stacks import ROLE, Stack, deployed, eventually, template

PLAIN = f"""Resources:{ROLE % STATES}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      %s
Outputs:
  Arn: {{Value: !Ref Machine}}
"""


def plain(**properties: Any) -> str:
    return PLAIN % "\n      ".join(f"{name}: {json.dumps(value)}" for name, value in properties.items())


def definition(**state: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **state}}}


def run(cloud: Cloud, arn: str) -> Any:
    client = cloud.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]

    def look() -> Any:
        described = client.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return output(eventually(look, "the execution ends"))


def test_a_machine_of_sam(cloud: Cloud) -> None:
    with deployed(cloud, "sam-machine", template("machine")) as stack:
        arn = stack.outputs()["Arn"]
        assert arn.endswith(f":stateMachine:{stack.outputs()['Name']}")
        assert run(cloud, arn) == "first"
        described = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        assert described["loggingConfiguration"]["level"] == "ALL"
        assert described["tracingConfiguration"] == {"enabled": True}
        assert stack.deploy(template("machine"), Output="second") == "UPDATE_COMPLETE"
        assert stack.outputs()["Arn"] == arn
        assert run(cloud, arn) == "second"
        tags = cloud.client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"]
        assert {"key": "team", "value": "returns"} in tags


def test_a_definition_changes_between_the_engine_and_ours(cloud: Cloud) -> None:
    json_path = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "engine", "End": True}}}
    with deployed(cloud, "kinds", plain(Definition=definition(Output="ours"))) as stack:
        arn = stack.outputs()["Arn"]
        assert run(cloud, arn) == "ours"
        assert stack.deploy(plain(DefinitionString=json.dumps(json_path))) == "UPDATE_COMPLETE"
        assert (stack.outputs()["Arn"], run(cloud, arn)) == (arn, "engine")
        assert stack.deploy(plain(Definition=definition(Output="again"))) == "UPDATE_COMPLETE"
        assert (stack.outputs()["Arn"], run(cloud, arn)) == (arn, "again")


def test_a_stack_takes_over_no_machine(cloud: Cloud) -> None:
    named = plain(Definition=definition(), StateMachineName="taken")
    with deployed(cloud, "owner", named):
        other = Stack(cloud, "other")
        assert other.deploy(named) == "ROLLBACK_COMPLETE"
        assert any("State Machine Already Exists" in why for _, _, why in other.reasons())
        other.delete()
        client = cloud.client("stepfunctions")
        arn = "arn:aws:states:us-east-1:000000000000:stateMachine:taken"
        assert client.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Definition": definition(), "Colour": "red"}, "does not know the property Colour"),
        ({"Definition": definition(), "TracingConfiguration": {"On": True}}, "does not know the property On"),
        ({"Definition": definition(Next="B")}, "must have either the field 'Next' or the field 'End'"),
        ({}, "DefinitionString, Definition, DefinitionS3Location is required"),
        ({"DefinitionString": "{"}, "INVALID_JSON_DESCRIPTION"),
    ],
)
def test_what_cannot_be_deployed_is_refused_with_its_name(
    cloud: Cloud, properties: dict[str, Any], reason: str
) -> None:
    stack = Stack(cloud, "refused-machine")
    try:
        assert stack.deploy(plain(**properties)) == "ROLLBACK_COMPLETE"
        assert any(reason in why for _, _, why in stack.reasons()), stack.reasons()
    finally:
        stack.delete()


def test_a_stack_is_deleted_while_executions_wait(cloud: Cloud) -> None:
    waits = definition(Type="Wait", Seconds=99_999_999)
    with deployed(cloud, "waiting", plain(Definition=waits)) as stack:
        client = cloud.client("stepfunctions")
        client.start_execution(stateMachineArn=stack.outputs()["Arn"])
