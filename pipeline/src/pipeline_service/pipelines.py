"""The pipelines of the services in CodePipeline: what they deployed, which gates and tests failed, and their retry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from pipeline_service.commits import NEVER, Revision, revision_of
from pipeline_service.passed_revisions import PassedRevisions

# pipeline/service.yaml gives these names: a pipeline is `ecommerce-{service}`, a stage has the name of its
# environment, the first one excepted.
PREFIX = "ecommerce-"
SOURCE = "source"
GATE = "Gate"
TEST = "Test"
# The actions that CodeBuild runs: of the pipeline `ecommerce-build`, and of the stages before production.
IN_CODEBUILD = ("Build", TEST)
NO_SUCH_PIPELINE = "PipelineNotFoundException"
# In the message of a test whose build CodeBuild did not start, because too many run or wait in the account.
TOO_MANY_BUILDS = "AccountLimitExceededException"
# A test whose stage was retried this often, for whatever reason, is left to a person, unless another build ends then.
MOST_RETRIES = 5
# The stage is not failed any more, or a newer execution is in it (CodePipeline API Reference, *RetryStageExecution*).
NOTHING_TO_RETRY = ("StageNotRetryableException", "NotLatestPipelineExecutionException")


@dataclass(frozen=True)
class FailedAction:
    """A failed action, its environment, and the pipeline execution it belongs to."""

    pipeline: str
    environment: str
    execution_id: str
    message: str
    """Why it failed. For a gate, `gate.needs_of` parses it."""
    at: datetime
    retries: int
    """How often the stage was retried in this execution, for whatever reason."""


class Pipelines:
    def __init__(self, client: Any, passed: PassedRevisions) -> None:
        self._client = client
        self._passed = passed
        self._states: dict[str, list[Any]] = {}

    def names(self) -> list[str]:
        pages = self._client.get_paginator("list_pipelines").paginate()
        return [each["name"] for page in pages for each in page["pipelines"] if each["name"].startswith(PREFIX)]

    def deployed_revision(self, service: str, environment: str) -> Revision:
        """The newest revision of a service that passed the stage of an environment, also if it was rolled back since:
        contracts between services only grow. NEVER if none has."""
        return max(self._passed.read(service, environment), self._listed_revision(service, environment))

    def note_passed(self, pipeline: str, stage: str) -> None:
        """Note the newest revision that passed the stage, for when CodePipeline does not list it any more."""
        service = pipeline.removeprefix(PREFIX)
        self._passed.note(service, stage, self._listed_revision(service, stage))

    def _listed_revision(self, service: str, stage: str) -> Revision:
        try:
            found = self._client.list_pipeline_executions(
                pipelineName=PREFIX + service, filter={"succeededInStage": {"stageName": stage}}, maxResults=100
            )["pipelineExecutionSummaries"]
        except ClientError as error:
            if error.response["Error"]["Code"] != NO_SUCH_PIPELINE:
                raise
            return NEVER
        summaries = [each.get("revisionSummary", "") for one in found for each in one.get("sourceRevisions", ())]
        return max(map(revision_of, summaries), default=NEVER)

    def failed_gate(self, pipeline: str, environment: str) -> FailedAction | None:
        """The gate before the environment, if it is the reason why the stage is failed now."""
        return next((each for each in self._failed(pipeline, GATE) if each.environment == environment), None)

    def refused_tests(self, pipeline: str) -> list[FailedAction]:
        """The tests whose builds CodeBuild did not start, if that is why their stages are failed now."""
        return [each for each in self._failed(pipeline, TEST) if TOO_MANY_BUILDS in each.message]

    def build_statuses(self, pipeline: str) -> dict[str, str]:
        """Stage -> status of its action that CodeBuild runs, if it has one that ran."""
        return {
            stage["stageName"]: action["latestExecution"]["status"]
            for stage in self._stages(pipeline)
            for action in stage["actionStates"]
            if action["actionName"] in IN_CODEBUILD and "latestExecution" in action
        }

    def _failed(self, pipeline: str, action_name: str) -> Iterator[FailedAction]:
        """The actions of this name that are the reasons why stages are failed now.

        An action may still show the result of an earlier commit. So stop at the first action that has not succeeded:
        later ones did not run for this commit.
        """
        for stage in self._stages(pipeline):
            if stage.get("latestExecution", {}).get("status") != "Failed":
                continue
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                if action["actionName"] == action_name and latest.get("status") == "Failed":
                    yield FailedAction(
                        pipeline,
                        stage["stageName"],
                        stage["latestExecution"]["pipelineExecutionId"],
                        latest.get("errorDetails", {}).get("message", ""),
                        latest["lastStatusChange"],
                        stage.get("retryStageMetadata", {}).get("manualStageRetryAttempt", 0),
                    )
                if latest.get("status") != "Succeeded":
                    break

    def _stages(self, pipeline: str) -> list[Any]:
        """The state of a pipeline, as it was when this object first read it. Empty if there is no such pipeline."""
        if pipeline not in self._states:
            try:
                self._states[pipeline] = self._client.get_pipeline_state(name=pipeline)["stageStates"]
            except ClientError as error:
                if error.response["Error"]["Code"] != NO_SUCH_PIPELINE:
                    raise
                self._states[pipeline] = []
        return self._states[pipeline]

    def retry(self, action: FailedAction) -> bool:
        """Retry the action. Returns False if another event, or a repeat of this one, has retried it already."""
        try:
            self._client.retry_stage_execution(
                pipelineName=action.pipeline,
                stageName=action.environment,
                pipelineExecutionId=action.execution_id,
                retryMode="FAILED_ACTIONS",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOTHING_TO_RETRY:
                raise
            return False
        return True
