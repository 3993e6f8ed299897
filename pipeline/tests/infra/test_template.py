"""The build, its rights, the gate, and the topic for failures."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools.pipeline import STAGES
from tools.pipeline.rollback import ARTIFACTS_STAY
from tools.project.documents import read_yaml
from tools.project.services import of_platform, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def pipelines() -> dict[str, Mapping[str, Any]]:
    """Service -> parameters of its nested stack."""
    found = {}
    for name, resource in TEMPLATE.body["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack" and name.endswith("Pipeline"):
            parameters = resource["Properties"]["Parameters"]
            found[parameters["Service"]] = parameters
    return found


def test_each_service_has_a_pipeline() -> None:
    assert set(pipelines()) == set(of_platform())


def test_each_pipeline_gets_the_topic_of_approvals_with_its_key() -> None:
    assert TEMPLATE.properties("AlarmTopic")["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    for parameters in pipelines().values():
        assert parameters["ApprovalTopicArn"] == {"Ref": "AlarmTopic"}
        assert parameters["ApprovalKeyArn"] == {"Fn::GetAtt": ["AlarmKey", "Arn"]}


def test_each_service_has_roles_in_each_environment() -> None:
    template = read_template(FOLDER / "environment.yaml")
    locations = [each["Properties"].get("TemplateURL") for each in template["Resources"].values()]
    assert {each for each in locations if each} == {f"roles/{name}.yaml" for name in of_platform()}


def test_the_stages_are_the_environments_of_the_tools() -> None:
    parameters = TEMPLATE.body["Parameters"]
    assert tuple(parameters[f"{name.capitalize()}Environment"]["Default"] for name in STAGES) == STAGES


def test_the_build_gets_the_history_of_the_repository() -> None:
    """Without it the build cannot tell what changed since a commit."""
    source = TEMPLATE.properties("BuildPipeline")["Stages"][0]["Actions"][0]
    for branch in source["Configuration"]["Fn::If"][1:]:
        assert branch["OutputArtifactFormat"] == "CODEBUILD_CLONE_REF"


def test_each_pipeline_has_a_prefix_for_its_artifacts() -> None:
    """CodePipeline's rule: the first 20 characters of the pipeline's name."""
    prefixes = {name: each["ArtifactPrefix"] for name, each in pipelines().items()}
    assert prefixes == {name: f"ecommerce-{name}"[:20] for name in of_platform()}


def test_the_build_writes_no_artifacts_of_pipelines_and_no_results_of_tests() -> None:
    written = [
        place["Fn::Sub"]
        for each in statements("BuildRole")
        if "s3:PutObject" in each["Action"]
        for place in each["Resource"]
    ]
    assert written == [f"${{ArtifactBucket.Arn}}/{key}" for key in ("commits/*", "*/code/*", "*/templates/*")]


@pytest.mark.parametrize("role", ["BuildPipelineRole", "BuildRole"])
def test_a_connection_of_either_name_may_be_used(role: str) -> None:
    """The prefix of the action must be that of the connection's ARN: docs/aws.md."""
    (policy,) = TEMPLATE.properties(role)["Policies"]
    (choice,) = [each["Fn::If"] for each in policy["PolicyDocument"]["Statement"] if "Fn::If" in each]
    condition, with_connection, _ = choice
    assert condition == "HasConnection"
    assert set(with_connection["Action"]) == {"codeconnections:UseConnection", "codestar-connections:UseConnection"}
    assert with_connection["Resource"] == {"Ref": "ConnectionArn"}


def test_the_build_may_start_pipelines_and_change_no_stack() -> None:
    actions = role_actions("BuildRole")
    assert "codepipeline:StartPipelineExecution" in actions
    assert not [each for each in actions if each.startswith(("cloudformation:", "iam:", "lambda:", "sts:"))]


def test_the_checks_become_the_tests_role_of_two_environments_and_not_of_production() -> None:
    (statement,) = [each for each in statements("ChecksRole") if each["Action"] == "sts:AssumeRole"]
    roles = [each["Fn::Sub"].rpartition("/")[2] for each in statement["Resource"]]
    assert roles == ["ecommerce-${TestsEnvironment}-pipeline-tests", "ecommerce-${StagingEnvironment}-pipeline-tests"]


def test_artifacts_are_encrypted_with_a_key_that_the_environments_may_use() -> None:
    key = TEMPLATE.properties("ArtifactKey")["KeyPolicy"]["Statement"]
    (readers,) = [each for each in key if each["Sid"] == "EnvironmentsRead"]
    assert readers["Action"] == ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    assert [each["Fn::Sub"] for each in readers["Principal"]["AWS"]] == [
        f"arn:${{AWS::Partition}}:iam::${{{name.capitalize()}Account}}:root" for name in STAGES
    ]
    (rule,) = TEMPLATE.properties("ArtifactBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_a_rollback_finds_the_artifacts_of_its_execution_and_deleted_ones_leave_the_bucket() -> None:
    rules = TEMPLATE.properties("ArtifactBucket")["LifecycleConfiguration"]["Rules"]
    (artifacts,) = [each for each in rules if each["Id"] == "artifacts-of-executions"]
    assert timedelta(days=artifacts["ExpirationInDays"]) > ARTIFACTS_STAY
    assert artifacts["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_stored_commits_keep_their_versions() -> None:
    bucket = TEMPLATE.properties("ArtifactBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (commits,) = [each for each in bucket["LifecycleConfiguration"]["Rules"] if each["Id"] == "commits"]
    assert commits["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] == 20


def test_a_gate_that_is_killed_is_a_dead_letter() -> None:
    """CodePipeline invokes the function by its name, which is `$LATEST`; SAM's property would configure the alias."""
    names = {parameters["GateFunctionName"]["Fn::Sub"] for parameters in pipelines().values()}
    assert names == {TEMPLATE.properties("PipelineGateFunction")["FunctionName"]["Fn::Sub"]}
    assert "EventInvokeConfig" not in TEMPLATE.properties("PipelineGateFunction")
    (config,) = TEMPLATE.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert (config["FunctionName"], config["Qualifier"]) == ({"Ref": "PipelineGateFunction"}, "$LATEST")
    queue = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == queue
    assert [each["Resource"] for each in statements("GateRole") if each["Action"] == "sqs:SendMessage"] == [queue]


def test_failures_of_actions_reach_the_topic_except_those_of_gates() -> None:
    detail = TEMPLATE.properties("FailureRule")["EventPattern"]["detail"]
    assert detail["state"] == ["FAILED"]
    assert detail["action"] == [{"anything-but": "Gate"}]


def test_eventbridge_publishes_failures_without_a_condition() -> None:
    """It sends neither SNS nor KMS a condition key: docs/aws.md."""
    policies = (
        TEMPLATE.properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"],
        TEMPLATE.properties("AlarmKey")["KeyPolicy"]["Statement"],
    )
    for listed in policies:
        by_service = {str(each["Principal"].get("Service")): each for each in listed}
        assert "Condition" not in by_service["events.amazonaws.com"]
        assert "aws:SourceAccount" in by_service["cloudwatch.amazonaws.com"]["Condition"]["StringEquals"]


@pytest.mark.parametrize("project", ["build", "checks"])
def test_a_buildspec_runs_the_python_of_the_functions(project: str) -> None:
    buildspec = read_yaml(FOLDER / "buildspecs" / f"{project}.yaml")
    runtime = TEMPLATE.body["Globals"]["Function"]["Runtime"]
    assert f"python{buildspec['phases']['install']['runtime-versions']['python']}" == runtime


def statements(role: str) -> list[Mapping[str, Any]]:
    (policy,) = TEMPLATE.properties(role)["Policies"]
    found: list[Mapping[str, Any]] = policy["PolicyDocument"]["Statement"]
    return [each for each in found if "Effect" in each]


def role_actions(role: str) -> set[str]:
    listed = [each["Action"] for each in statements(role)]
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}
