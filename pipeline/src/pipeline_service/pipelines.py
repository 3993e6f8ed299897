"""What CodePipeline knows about the pipelines of the services."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipeline_service.commits import NEVER, Revision, revision_of

PREFIX = "ecommerce-"
GATE = "Gate"
# A stage that runs again, or that a newer execution has taken (CodePipeline API Reference, *RetryStageExecution*).
MOVED_ON = ("StageNotRetryableException", "NotLatestPipelineExecutionException")


@dataclass(frozen=True)
class FailedGate:
    """An execution that its gate stopped before an environment."""

    pipeline: str
    environment: str
    execution: str
    message: str


class Pipelines:
    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self) -> list[str]:
        pages = self._client.get_paginator("list_pipelines").paginate()
        return [each["name"] for page in pages for each in page["pipelines"] if each["name"].startswith(PREFIX)]

    def deployed(self, service: str, environment: str) -> Revision:
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
        """The execution that is stopped before that environment now, if there is one."""
        for stage in self._client.get_pipeline_state(name=pipeline)["stageStates"]:
            latest = stage.get("latestExecution", {})
            if stage["stageName"] != environment or latest.get("status") != "Failed":
                continue
            for action in stage["actionStates"]:
                execution = action.get("latestExecution", {})
                if action["actionName"] == GATE and execution.get("status") == "Failed":
                    message = execution.get("errorDetails", {}).get("message", "")
                    return FailedGate(pipeline, environment, latest["pipelineExecutionId"], message)
        return None

    def retry(self, gate: FailedGate) -> bool:
        """False if the stage is not stopped there any more: a repeated event, or another one, has retried it."""
        try:
            self._client.retry_stage_execution(
                pipelineName=gate.pipeline,
                stageName=gate.environment,
                pipelineExecutionId=gate.execution,
                retryMode="FAILED_ACTIONS",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in MOVED_ON:
                raise
            return False
        return True
