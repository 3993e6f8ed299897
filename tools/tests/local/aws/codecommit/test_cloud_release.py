"""A push starts a pipeline that reads a repository, asks a person and calls a function."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.pipelines import PipelineClient, emptied
from tools.tests.local.stacks import Stack, deployed, eventually, template

LIMIT = 60.0


class Release:
    def __init__(self, cloud: Cloud, stack: Stack, folder: Path) -> None:
        self.pipeline, self.outputs = PipelineClient(cloud, stack.name), stack.outputs()
        self._sqs, self._folder = cloud.client("sqs"), folder
        self.messages: list[dict[str, Any]] = []
        self._git("init", "--quiet", "--initial-branch=main", ".")

    def push(self, *messages: str, branch: str = "main") -> str:
        """Make commits and push them. Returns the last one."""
        for message in messages:
            self._commit(message)
        self._git("push", "--quiet", self.outputs["CloneUrl"], f"HEAD:refs/heads/{branch}")
        return self._git("rev-parse", "HEAD").strip()

    def _commit(self, message: str) -> None:
        (self._folder / "file.txt").write_text(message)
        self._git("add", ".")
        self._git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", message)

    def _git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self._folder, capture_output=True, text=True, check=True).stdout

    def started_by(self, commit: str) -> str:
        """The execution that read a commit."""

        def look() -> str | None:
            answer = self.pipeline.api.list_pipeline_executions(pipelineName=self.pipeline.name)
            for one in answer["pipelineExecutionSummaries"]:
                if any(revision["revisionId"] == commit for revision in one["sourceRevisions"]):
                    return str(one["pipelineExecutionId"])
            return None

        return eventually(look, "the push starts the pipeline", LIMIT)

    def token(self) -> str:
        def look() -> str | None:
            (action,) = self.pipeline.stage("Ask")["actionStates"]
            token: str | None = action.get("latestExecution", {}).get("token")
            return token

        return eventually(look, "the approval waits", LIMIT)

    def decide(self, token: str, status: str) -> None:
        self.pipeline.api.put_approval_result(
            pipelineName=self.pipeline.name,
            stageName="Ask",
            actionName="Person",
            token=token,
            result={"status": status, "summary": "looked at it"},
        )

    def heard(self, matches: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """A message of the queue: an event, or what the topic was told."""

        def look() -> dict[str, Any] | None:
            answer = self._sqs.receive_message(QueueUrl=self.outputs["QueueUrl"], MaxNumberOfMessages=10)
            for one in answer.get("Messages", []):
                body = json.loads(one["Body"])
                self.messages.append(json.loads(body["Message"]) if "TopicArn" in body else body)
                self._sqs.delete_message(QueueUrl=self.outputs["QueueUrl"], ReceiptHandle=one["ReceiptHandle"])
            return next((one for one in self.messages if matches(one)), None)

        return eventually(look, what, LIMIT)


MakeRelease = Callable[..., Release]


@pytest.fixture
def make_release(cloud: Cloud, tmp_path: Path) -> Iterator[MakeRelease]:
    with ExitStack() as used:

        def make(name: str, **parameters: str) -> Release:
            stack = used.enter_context(deployed(cloud, name, template("release"), Name=name, **parameters))
            used.callback(emptied, cloud, f"{name}-artifacts")
            release = Release(cloud, stack, tmp_path)
            # A new pipeline starts by itself. An execution that has not read its source yet would read the first push.
            (first,) = release.pipeline.executions()
            assert release.pipeline.ended(first, LIMIT) == "Failed"
            return release

        yield make


def test_a_push_is_approved_and_told(cloud: Cloud, make_release: MakeRelease) -> None:
    release = make_release("r1")
    commit = release.push("first change")
    # The page "Monitoring CodeCommit events in Amazon EventBridge".
    moved = release.heard(lambda one: one.get("source") == "aws.codecommit", "the event of the push")
    assert moved["detail-type"] == "CodeCommit Repository State Change"
    assert {key: moved["detail"][key] for key in ("event", "referenceName", "commitId", "repositoryName")} == {
        "event": "referenceCreated",
        "referenceName": "main",
        "commitId": commit,
        "repositoryName": "r1",
    }
    execution = release.started_by(commit)
    assert release.pipeline.execution(execution)["trigger"]["triggerType"] == "CloudWatchEvent"
    # The page "Manage approval actions in CodePipeline".
    token = release.token()
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        release.decide(token[::-1], "Approved")
    asked = release.heard(lambda one: "approval" in one, "the topic of the approval is told")
    assert (asked["approval"]["customData"], asked["approval"]["token"]) == ("release first change", token)
    needed = release.heard(
        lambda one: one.get("detail", {}).get("action") == "Person" and "notificationRuleArn" in one,
        "the notification rule tells that an approval is needed",
    )
    assert needed["detail"]["state"] == "STARTED"
    release.decide(token, "Approved")
    assert release.pipeline.ended(execution) == "Succeeded", release.pipeline.errors(execution)
    actions = release.pipeline.actions(execution)
    # The function's credentials read the artifact and nothing else, though the role of the pipeline may write it.
    assert actions["Function"]["output"]["outputVariables"] == {"told": "first change", "wrote": "no"}
    assert actions["Build"]["output"]["outputVariables"] == {"COMMIT": commit, "COMMITS": "none"}
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        release.decide(token, "Rejected")

    # The page "Monitoring CodePipeline events".
    done = release.heard(
        lambda one: (
            one.get("detail-type") == "CodePipeline Pipeline Execution State Change"
            and one["detail"]["state"] == "SUCCEEDED"
        ),
        "the event of the end",
    )
    assert done["source"] == "aws.codepipeline"
    assert done["resources"] == ["arn:aws:codepipeline:us-east-1:000000000000:r1"]
    assert (done["detail"]["pipeline"], done["detail"]["execution-id"]) == ("r1", execution)
    kinds = {
        (one.get("detail-type"), one["detail"]["state"]) for one in release.messages if "state" in one.get("detail", {})
    }
    for kind in ("Stage", "Action"):
        assert {(f"CodePipeline {kind} Execution State Change", state) for state in ("STARTED", "SUCCEEDED")} <= kinds

    connection = cloud.client("codeconnections").get_connection(ConnectionArn=release.outputs["Connection"])
    assert connection["Connection"]["ConnectionStatus"] == "PENDING"

    # A rejection fails the action, and the notification rule tells it.
    commit = release.push("fail the second")
    execution = release.started_by(commit)
    release.decide(release.token(), "Rejected")
    assert release.pipeline.ended(execution) == "Failed"
    assert "Rejected by arn:aws:iam::000000000000:user/administrator" in release.pipeline.error(execution, "Person")
    release.heard(
        lambda one: (
            one.get("detailType") == "CodePipeline Pipeline Execution State Change"
            and one["detail"]["execution-id"] == execution
        ),
        "the notification rule tells of the failure",
    )
    # The function reports a failure.
    release.pipeline.retry("Ask", execution)
    release.decide(release.token(), "Approved")
    assert release.pipeline.ended(execution) == "Failed"
    assert release.pipeline.error(execution, "Function") == "fail the second"


def test_a_commit_is_built_before_its_branch_exists(make_release: MakeRelease) -> None:
    release = make_release("r4")
    commit = release.push("a change to try", branch="trial")
    started = release.pipeline.api.start_pipeline_execution(
        name="r4",
        sourceRevisions=[{"actionName": "Code", "revisionType": "COMMIT_ID", "revisionValue": commit}],
    )
    release.decide(release.token(), "Approved")
    execution = started["pipelineExecutionId"]
    assert release.pipeline.ended(execution) == "Succeeded", release.pipeline.errors(execution)
    assert release.pipeline.actions(execution)["Build"]["output"]["outputVariables"]["COMMIT"] == commit


def test_an_approval_fails_if_the_role_may_not_use_the_key_of_its_topic(make_release: MakeRelease) -> None:
    # The page "Managing Amazon SNS encryption keys and costs", Allow a user to send messages to a topic with SSE.
    release = make_release("r5", MayUseTopicKey="no")
    execution = release.started_by(release.push("a change"))
    assert release.pipeline.ended(execution) == "Failed"
    error = release.pipeline.error(execution, "Person")
    assert "assumed-role/r5-pipeline/" in error
    assert f"is not authorized to perform: kms:GenerateDataKey on resource: {release.outputs['TopicKey']}" in error


def test_a_build_clones_the_history_if_its_role_may_pull(make_release: MakeRelease, cloud: Cloud) -> None:
    # The page "Tutorial: Use full clone with a CodeCommit pipeline source".
    release = make_release("r2", Format="CODEBUILD_CLONE_REF", MayPull="no")
    commit = release.push("one", "two")
    execution = release.started_by(commit)

    def failed() -> str | None:
        return (
            release.pipeline.error(execution, "Build") or None
            if release.pipeline.actions(execution).get("Build")
            else None
        )

    assert "is not authorized to perform: codecommit:GitPull" in eventually(failed, "the build fails", LIMIT)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*"}],
    }
    iam = cloud.client("iam")
    iam.put_role_policy(RoleName="r2-build", PolicyName="may", PolicyDocument=json.dumps(policy))
    eventually(lambda: release.pipeline.execution(execution)["status"] == "Failed", "the execution fails")
    release.pipeline.retry("Build", execution)
    release.token()
    variables = release.pipeline.actions(execution)["Build"]["output"]["outputVariables"]
    assert variables == {"COMMIT": commit, "COMMITS": "2"}
    iam.delete_role_policy(RoleName="r2-build", PolicyName="may")
