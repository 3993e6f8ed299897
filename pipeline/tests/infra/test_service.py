"""The pipeline of one service: its stages, their order, and the role of each action."""

from pathlib import Path
from typing import Any

import pytest

from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[2] / "service.yaml")["Resources"]
PIPELINE = RESOURCES["Pipeline"]["Properties"]
ENVIRONMENTS = ("Tests", "Staging", "Prod")


def stages(*, approval: bool = True) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for stage in PIPELINE["Stages"]:
        chosen = stage["Fn::If"][1 if approval else 2] if "Fn::If" in stage else stage
        if "Name" in chosen:
            name = chosen["Name"]
            found[name if isinstance(name, str) else name["Ref"]] = chosen["Actions"]
    return found


def actions(environment: str) -> dict[str, dict[str, Any]]:
    return {each["Name"]: each for each in stages()[f"{environment}Environment"]}


def test_the_stages_and_their_order() -> None:
    expected = ["source", "TestsEnvironment", "StagingEnvironment", "approval", "ProdEnvironment"]
    assert list(stages()) == expected
    assert list(stages(approval=False)) == [each for each in expected if each != "approval"]


def test_a_newer_commit_overtakes() -> None:
    assert (PIPELINE["PipelineType"], PIPELINE["ExecutionMode"]) == ("V2", "SUPERSEDED")


def test_only_the_build_starts_it() -> None:
    (source,) = stages()["source"]
    assert source["Configuration"]["PollForSourceChanges"] == "false"
    assert "Triggers" not in PIPELINE


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ("Tests", ["Gate", "ChangeSet", "Deploy", "Test"]),
        ("Staging", ["Gate", "ChangeSet", "Deploy", "Test"]),
        ("Prod", ["Gate", "ChangeSet", "Deploy"]),
    ],
)
def test_the_actions_of_an_environment_one_after_the_other(environment: str, names: list[str]) -> None:
    found = actions(environment)
    assert list(found) == names
    assert [each["RunOrder"] for each in found.values()] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_was_built_is_what_is_deployed(environment: str) -> None:
    """Every environment gets the template of the one source artifact, with the settings that its gate made."""
    change_set = actions(environment)["ChangeSet"]["Configuration"]
    assert change_set["TemplatePath"] == "Commit::deployment/template.json"
    assert change_set["TemplateConfiguration"] == f"{environment}Settings::settings.json"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("action", ["ChangeSet", "Deploy"])
def test_a_deployment_acts_as_the_role_of_its_environment_and_service(environment: str, action: str) -> None:
    role = actions(environment)[action]["RoleArn"]["Fn::Sub"]
    assert role == (
        f"arn:${{AWS::Partition}}:iam::${{{environment}Account}}:role/"
        f"ecommerce-${{{environment}Environment}}-pipeline-${{Service}}-deploy"
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cloudformation_acts_as_the_role_of_the_stack(environment: str) -> None:
    role = actions(environment)["ChangeSet"]["Configuration"]["RoleArn"]["Fn::Sub"]
    assert role.endswith(f"role/ecommerce-${{{environment}Environment}}-pipeline-${{Service}}-stack")


@pytest.mark.parametrize(("environment", "suite"), [("Tests", "tests-integ"), ("Staging", "tests-e2e")])
def test_the_tests_of_an_environment(environment: str, suite: str) -> None:
    test = actions(environment)["Test"]
    assert f'"value": "{suite}"' in test["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
    assert test["InputArtifacts"] == [{"Name": "Commit"}]


def test_the_pipelines_role_changes_nothing_itself() -> None:
    (policy,) = RESOURCES["PipelineRole"]["Properties"]["Policies"]
    listed = [each["Action"] for each in policy["PolicyDocument"]["Statement"]]
    allowed = {action for each in listed for action in ([each] if isinstance(each, str) else each)}
    assert not [each for each in allowed if each.startswith(("cloudformation:", "iam:")) or "*" in each]
    (assumed,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Action"] == "sts:AssumeRole"]
    assert len(assumed["Resource"]) == 3


def test_the_pipelines_role_writes_its_own_artifacts_only() -> None:
    (policy,) = RESOURCES["PipelineRole"]["Properties"]["Policies"]
    written = [each["Resource"] for each in policy["PolicyDocument"]["Statement"] if "s3:PutObject" in each["Action"]]
    assert written == [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/${ArtifactPrefix}/*"}]


def test_the_pipelines_role_may_use_the_key_of_the_topic_that_an_approval_tells() -> None:
    """SNS encrypts with the rights of the publisher; those on the artifacts' key are others: docs/aws.md."""
    (policy,) = RESOURCES["PipelineRole"]["Properties"]["Policies"]
    of_key = {
        each["Resource"]["Ref"]: set(each["Action"])
        for each in policy["PolicyDocument"]["Statement"]
        if str(each["Action"]).startswith("['kms:")
    }
    assert of_key["ApprovalKeyArn"] == {"kms:Decrypt", "kms:GenerateDataKey"}
