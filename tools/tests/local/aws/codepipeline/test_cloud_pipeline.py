"""A pipeline that its template creates: source, build and deployment on a temporary cloud."""

import json

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.aws.codepipeline.conftest import MakePipeline
from tools.tests.local.pipelines import TEMPLATE
from tools.tests.local.stacks import Stack, eventually, template


def test_a_change_goes_from_the_source_to_the_stack(cloud: Cloud, make_pipeline: MakePipeline) -> None:
    pipeline = make_pipeline("p1")
    version = pipeline.put_source("p1-artifacts", {"template.yaml": TEMPLATE})
    execution = pipeline.start(variables=[{"name": "Value", "value": "new"}])
    assert pipeline.ended(execution) == "Succeeded", pipeline.errors(execution)
    value = cloud.client("ssm").get_parameter(Name="/p1-target")["Parameter"]["Value"]
    assert value == f"new hello {version}"

    found = pipeline.execution(execution)
    assert found["artifactRevisions"][0]["revisionId"] == version
    assert found["variables"] == [{"name": "Value", "resolvedValue": "new"}]
    actions = pipeline.actions(execution)
    assert actions["Execute"]["output"]["outputVariables"] == {"Name": "/p1-target"}
    assert json.loads(actions["Prepare"]["input"]["resolvedConfiguration"]["ParameterOverrides"]) == {
        "Value": "new",
        "Greeting": f"hello {version}",
    }
    assert pipeline.stage("Deploy")["latestExecution"] == {
        "pipelineExecutionId": execution,
        "status": "Succeeded",
        "type": "STANDARD",
    }

    # The page "AWS CloudFormation deploy action reference": a change set without changes is no failure.
    pipeline.put_source("p1-artifacts", {"template.yaml": "{}"})
    repeated = pipeline.start(
        variables=[{"name": "Value", "value": "new"}],
        sourceRevisions=[{"actionName": "Code", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": version}],
    )
    assert pipeline.ended(repeated) == "Succeeded", pipeline.errors(repeated)
    assert (
        "no changes" in pipeline.actions(repeated)["Execute"]["output"]["executionResult"]["externalExecutionSummary"]
    )
    change_set = cloud.client("cloudformation").describe_change_set(StackName="p1-target", ChangeSetName="next")
    assert change_set["Status"] == "FAILED"


def test_a_missing_right_fails_with_the_message_of_aws_and_a_retry_goes_on(
    cloud: Cloud, make_pipeline: MakePipeline
) -> None:
    # The pages "Configure a pipeline action" (RoleArn) and "Configuring stage retry ...".
    pipeline = make_pipeline("p2", DeployRights="no")
    execution = pipeline.start()
    assert pipeline.ended(execution) == "Failed"
    error = pipeline.error(execution, "Prepare")
    assert "assumed-role/p2-deploy/" in error
    assert "is not authorized to perform: cloudformation:DescribeStacks" in error
    with pytest.raises(ClientError, match="StageNotRetryableException"):
        pipeline.retry("Build", execution)

    assert "ROLLBACK" not in Stack(cloud, "p2").deploy(
        template("pipeline"), Name="p2", StackName="p2-target", DeployRights="yes"
    )
    pipeline.retry("Deploy", execution)
    assert pipeline.ended(execution) == "Succeeded", pipeline.errors(execution)
    assert pipeline.stage("Deploy")["retryStageMetadata"]["manualStageRetryAttempt"] == 1


def test_a_stack_that_fails_is_told_and_one_that_was_never_created_is_not_updated(
    cloud: Cloud, make_pipeline: MakePipeline
) -> None:
    # The page "AWS CloudFormation deploy action reference": the first failed resource is in the message.
    pipeline = make_pipeline("p6")
    Stack(cloud, "p6-target").delete()
    pipeline.put_source("p6-artifacts", {"template.yaml": TEMPLATE.replace("Type: String, Name", "Type: None, Name")})
    execution = pipeline.start()
    assert pipeline.ended(execution) == "Failed"
    error = pipeline.error(execution, "Execute")
    assert error.startswith("Stack p6-target is in the state ROLLBACK_COMPLETE. Parameter: "), error
    pipeline.retry("Deploy", execution, "ALL_ACTIONS")
    assert pipeline.ended(execution) == "Failed"
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in pipeline.error(execution, "Prepare")


def test_a_role_that_may_not_be_passed_is_refused(cloud: Cloud, make_pipeline: MakePipeline) -> None:
    # The page "Granting a user permissions to pass a role to an AWS service".
    pipeline = make_pipeline("p3")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}]}
    cloud.client("iam").put_role_policy(RoleName="p3-deploy", PolicyName="deny", PolicyDocument=json.dumps(policy))
    execution = pipeline.start()
    assert pipeline.ended(execution) == "Failed"
    assert "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::000000000000:role/p3-stack" in (
        pipeline.error(execution, "Prepare")
    )
    cloud.client("iam").delete_role_policy(RoleName="p3-deploy", PolicyName="deny")


def test_a_failing_command_fails_the_build_and_the_newer_execution_supersedes(
    cloud: Cloud, make_pipeline: MakePipeline
) -> None:
    spec = 'version: 0.2\nphases:\n  build:\n    commands:\n      - test "$VALUE" = good\n'
    pipeline = make_pipeline("p4", BuildSpec=spec)
    execution = pipeline.start(variables=[{"name": "Value", "value": "bad"}])
    assert pipeline.ended(execution) == "Failed"
    assert pipeline.error(execution, "Build") == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while"
        ' executing command: test "$VALUE" = good. Reason: exit status 1'
    )
    pipeline.api.disable_stage_transition(
        pipelineName="p4", stageName="Build", transitionType="Inbound", reason="a freeze"
    )
    older, newer = pipeline.start(), pipeline.start()
    assert pipeline.ended(older) == "Superseded"
    eventually(lambda: pipeline.stage("Build").get("inboundExecution"), "the newer one waits")
    assert pipeline.stage("Build")["inboundExecution"]["pipelineExecutionId"] == newer
    assert pipeline.stage("Build")["inboundTransitionState"]["disabledReason"] == "a freeze"
    pipeline.api.stop_pipeline_execution(pipelineName="p4", pipelineExecutionId=newer, reason="enough")
    assert pipeline.ended(newer) == "Stopped"


def test_a_stage_is_rolled_back_to_an_earlier_execution(cloud: Cloud, make_pipeline: MakePipeline) -> None:
    # The page "Configuring stage rollback".
    pipeline = make_pipeline("p5")
    executions = []
    for value in ("one", "two"):
        execution = pipeline.start(variables=[{"name": "Value", "value": value}])
        assert pipeline.ended(execution) == "Succeeded", pipeline.errors(execution)
        executions.append(execution)
    answer = pipeline.api.rollback_stage(pipelineName="p5", stageName="Deploy", targetPipelineExecutionId=executions[0])
    rollback = answer["pipelineExecutionId"]
    assert pipeline.ended(rollback) == "Succeeded", pipeline.errors(rollback)
    assert cloud.client("ssm").get_parameter(Name="/p5-target")["Parameter"]["Value"].startswith("one ")
    found = pipeline.execution(rollback)
    assert (found["executionType"], found["rollbackMetadata"]["rollbackTargetPipelineExecutionId"]) == (
        "ROLLBACK",
        executions[0],
    )
    assert set(pipeline.actions(rollback)) == {"Prepare", "Execute"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("StackName: !Ref StackName\n                ChangeSetName", "Colour: red\n                ChangeSetName",
         "unknown configuration 'Colour'"),
        ("Provider: S3", "Provider: GitHub", "does not know the action type AWS/Source/GitHub/1"),
        ("PipelineType: V2", "PipelineType: V2\n      Colour: red", "does not know the property Colour"),
        ("Source: {Type: CODEPIPELINE,", "Source: {Type: GITHUB,", "does not know Source.Type GITHUB"),
        ("TimeoutInMinutes: 5", "BadgeEnabled: true", "does not know the property BadgeEnabled"),
    ],
)  # fmt: skip
def test_what_is_not_known_fails_the_stack_by_its_name(cloud: Cloud, old: str, new: str, reason: str) -> None:
    body = template("pipeline")
    assert old in body
    stack = Stack(cloud, "unknown")
    try:
        stack.deploy(body.replace(old, new, 1), Name="unknown", StackName="none")
        assert any(reason in text for _, _, text in stack.reasons()), stack.reasons()
    finally:
        stack.delete()
