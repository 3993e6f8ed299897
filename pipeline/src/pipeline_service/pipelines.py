"""The pipelines of the services in CodePipeline: what they deployed, which gates failed, and the retry of a gate."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipeline_service.commits import NEVER, Revision, revision_of

# pipeline/service.yaml gives these names: a pipeline is `ecommerce-{service}`, a stage has the name of its environment.
PREFIX = "ecommerce-"
GATE = "Gate"
# The stage is not failed any more, or a newer execution is in it (CodePipeline API Reference, *RetryStageExecution*).
NOTHING_TO_RETRY = ("StageNotRetryableException", "NotLatestPipelineExecutionException")


@dataclass(frozen=True)
class FailedGate:
    """The gate before an environment failed, and the execution of the pipeline with it."""

    pipeline: str
    environment: str
    execution_id: str
    message: str
    """Why it failed; `gate.needs_of` reads it."""


class Pipelines:
    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self) -> list[str]:
        pages = self._client.get_paginator("list_pipelines").paginate()
        return [each["name"] for page in pages for each in page["pipelines"] if each["name"].startswith(PREFIX)]

    def deployed_revision(self, service: str, environment: str) -> Revision:
        """The revision of a service that last passed the stage of an environment; NEVER if none has."""
        try:
            found = self._client.list_pipeline_executions(
                pipelineName=PREFIX + service,
                filter={"succeededInStage": {"stageName": environment}},
                maxResults=1,
            )["pipelineExecutionSummaries"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "PipelineNotFoundException":
                raise
            return NEVER
        summaries = [each.get("revisionSummary", "") for one in found for each in one.get("sourceRevisions", ())]
        return revision_of(summaries[0]) if summaries else NEVER

    def failed_gate(self, pipeline: str, environment: str) -> FailedGate | None:
        """The gate before the environment, if it is the reason why the stage is failed now."""
        for stage in self._client.get_pipeline_state(name=pipeline)["stageStates"]:
            latest = stage.get("latestExecution", {})
            if stage["stageName"] != environment or latest.get("status") != "Failed":
                continue
            for action in stage["actionStates"]:
                gate = action.get("latestExecution", {})
                if action["actionName"] == GATE and gate.get("status") == "Failed":
                    message = gate.get("errorDetails", {}).get("message", "")
                    return FailedGate(pipeline, environment, latest["pipelineExecutionId"], message)
        return None

    def retry(self, gate: FailedGate) -> bool:
        """Retry the gate. Returns False if another event, or a repeat of this one, has retried it already."""
        try:
            self._client.retry_stage_execution(
                pipelineName=gate.pipeline,
                stageName=gate.environment,
                pipelineExecutionId=gate.execution_id,
                retryMode="FAILED_ACTIONS",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOTHING_TO_RETRY:
                raise
            return False
        return True
