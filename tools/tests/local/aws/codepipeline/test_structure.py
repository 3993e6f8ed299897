"""What is accepted as the structure of a pipeline. Page "CodePipeline pipeline structure reference"."""

from typing import Any

import pytest

from tools.local.aws.codepipeline.structure import checked
from tools.local.aws.codepipeline.variables import Unresolved, resolve
from tools.local.aws.json_api import ApiError
from tools.tests.local.aws.codepipeline.shop_pipeline import action, declaration, source, stage

BUILD = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}


def test_defaults_are_those_of_aws() -> None:
    got = checked(declaration(stage("Do")))
    assert got["executionMode"] == "SUPERSEDED"
    assert got["stages"][0]["actions"][0]["runOrder"] == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (declaration(), "at least two stages"),
        (declaration(stage("Do"), stage("Do")), "the stage name Do is not unique"),
        (declaration(stage("Do", action("A"), action("A"))), "A is not unique"),
        (declaration(stage("Do", source("Late"))), "source actions belong to the first stage"),
        (declaration(stage("Do"), executionMode="PARALLEL"), "does not run the ExecutionMode PARALLEL"),
        (declaration(stage("Do", beforeEntry={"conditions": [{"result": "FAIL"}]})), "beforeEntry of stage Do"),
        (declaration(stage("Do", onFailure={"result": "SKIP"})), "does not know onFailure SKIP"),
        (declaration(stage("Do", action("A", commands=["ls"]))), "does not know commands"),
        (
            declaration(stage("Do", action("A", actionTypeId={**BUILD, "provider": "Jenkins"}))),
            "does not know the action type AWS/Build/Jenkins/1",
        ),
        (declaration(stage("Do", action("A", configuration={"Colour": "red"}))), "unknown configuration 'Colour'"),
        (declaration(stage("Do", action("A", actionTypeId=BUILD))), "from 1 to 5 inputArtifacts"),
        (
            declaration(stage("Do", action("A", actionTypeId=BUILD, inputArtifacts=[{"name": "CodeOutput"}]))),
            "missing required configuration 'ProjectName'",
        ),
        (
            declaration(
                stage(
                    "Do",
                    action(
                        "A",
                        actionTypeId=BUILD,
                        configuration={"ProjectName": "p"},
                        inputArtifacts=[{"name": "Other"}],
                    ),
                )
            ),
            "Other of Do/A is not the output of an earlier action",
        ),
        (
            declaration(stage("Do", action("A", configuration={"CustomData": "#{Later.Value}"}))),
            "no earlier action has the namespace",
        ),
        (
            declaration(stage("Do", action("A", configuration={"CustomData": "#{variables.Colour}"}))),
            "the pipeline has no variable Colour",
        ),
    ],
)
def test_a_wrong_structure_is_refused_with_its_reason(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        checked(wrong)
    assert reason in str(refused.value)


def test_references_get_their_values() -> None:
    # Page "Variables reference".
    known = {"Code": {"VersionId": "v1"}, "variables": {"Colour": "red"}}
    assert resolve({"CustomData": "#{variables.Colour} #{Code.VersionId}"}, known) == {"CustomData": "red v1"}
    with pytest.raises(Unresolved, match=r"#\{Code.ETag\}"):
        resolve({"CustomData": "#{Code.ETag}"}, known)
