"""`make rollback-<service>`."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from pipeline_service.commits import Revision
from tools.pipeline.commits import Version
from tools.pipeline.rollback import ARTIFACTS_STAY, back, deploy_again, set_up
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.tests.pipeline.fake_codepipeline import BEGAN, FakeCodePipeline, refused

LOCAL = Environment("local", "local", "us-east-1")
NOW = BEGAN + timedelta(days=1)


@pytest.mark.parametrize("code", ["PipelineNotFoundException", "NoSuchBucket"])
def test_without_pipelines_it_names_the_command(code: str) -> None:
    with pytest.raises(Problem, match="there are no pipelines in local: `make bootstrap-pipeline`"), set_up(LOCAL):
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


def test_another_error_stays() -> None:
    with pytest.raises(ClientError), set_up(LOCAL):
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Operation")


def test_production_goes_back_to_the_commit_before() -> None:
    client = FakeCodePipeline("1 aaaaaaaaaa first", "2 bbbbbbbbbb second", "3 cccccccccc third", prod=[3, 1])
    assert back(client, "orders", NOW) == "orders: prod goes back to aaaaaaaa, execution new"
    ((name, request),) = client.calls
    assert (name, request["stageName"], request["targetPipelineExecutionId"]) == ("rollback", "prod", "1")


def test_a_second_rollback_goes_further_back() -> None:
    # Execution 4 is the rollback from the second commit to the first one of 2 and 1.
    client = FakeCodePipeline("1 aaaaaaaaaa a", "2 bbbbbbbbbb b", "3 cccccccccc c", "2 bbbbbbbbbb b", prod=[4, 3, 2, 1])
    assert "goes back to aaaaaaaa" in back(client, "orders", NOW)


@pytest.mark.parametrize("prod", [[], [1], [2, 1]])
def test_without_an_earlier_commit_it_says_how_to_find_one(prod: list[int]) -> None:
    client = FakeCodePipeline("7 aaaaaaaaaa a", "7 aaaaaaaaaa a", prod=prod)
    with pytest.raises(
        Problem, match="no earlier commit in prod under its pipeline's present structure; `make rollback-orders LIST=1`"
    ):
        back(client, "orders", NOW)
    assert client.calls == []


def test_without_its_artifacts_a_commit_is_not_gone_back_to() -> None:
    """CodePipeline would begin, and the gate would fail: production would stay as it is."""
    client = FakeCodePipeline("1 aaaaaaaaaa first", "2 bbbbbbbbbb second", prod=[2, 1])
    with pytest.raises(Problem, match=r"older than 179 days.*make rollback-orders COMMIT=aaaaaaaa"):
        back(client, "orders", BEGAN + ARTIFACTS_STAY + timedelta(hours=1))
    assert client.calls == []


def test_a_refusal_names_the_command_that_works() -> None:
    client = FakeCodePipeline("1 aaaaaaaaaa a", "2 bbbbbbbbbb b", prod=[2, 1])
    client.error = refused("PipelineExecutionOutdatedException", "the structure has changed")
    with pytest.raises(Problem, match=r"the structure has changed.*make rollback-orders COMMIT=aaaaaaaa"):
        back(client, "orders", NOW)
    client.error = refused("ThrottlingException")
    with pytest.raises(ClientError):
        back(client, "orders", NOW)


def test_a_stored_commit_goes_through_all_stages() -> None:
    client = FakeCodePipeline()
    stored = [Version(name, Revision(number, name * 40), "a change", BEGAN) for number, name in ((2, "b"), (1, "a"))]
    assert "goes through all stages again" in deploy_again(client, "orders", "aaa", stored)
    ((_, request),) = client.calls
    assert request["sourceRevisions"][0]["revisionValue"] == "a"
    with pytest.raises(Problem, match="no commit fff of orders is stored"):
        deploy_again(client, "orders", "fff", stored)
