"""The executions of the pipelines as they go: who is where, what failed, what waits for an approval."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

PREFIX = "ecommerce-"
BUILD = "ecommerce-build"
OPEN = ("InProgress", "Stopping")
ANSWERED = ("InvalidApprovalTokenException", "ApprovalAlreadyCompletedException")


@dataclass(frozen=True)
class Action:
    """One run of an action of an execution."""

    pipeline: str
    execution: str
    stage: str
    name: str
    id: str
    status: str
    started: datetime
    ended: datetime | None
    message: str
    external_id: str

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds() if self.ended else 0.0


@dataclass(frozen=True)
class Execution:
    pipeline: str
    id: str
    status: str
    started: datetime
    summary: str

    @property
    def service(self) -> str:
        return self.pipeline.removeprefix(PREFIX)

    @property
    def number(self) -> int:
        """How many commits lead to its commit, from the summary that the build stored; 0 for the build's own."""
        words = self.summary.split(" ")
        return int(words[0]) if len(words) > 1 and words[0].isdigit() else 0

    @property
    def commit(self) -> str:
        """The short hash, from the same summary; empty for the build's own executions."""
        return self.summary.split(" ")[1][:8] if self.number else ""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True)
class Approval:
    pipeline: str
    stage: str
    action: str
    token: str
    execution: str


class Pipelines:
    """CodePipeline, read."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def names(self) -> list[str]:
        pages = self.client.get_paginator("list_pipelines").paginate()
        return [each["name"] for page in pages for each in page["pipelines"] if each["name"].startswith(PREFIX)]

    def executions(self, pipeline: str, most: int = 20) -> list[Execution]:
        """The newest first."""
        answer = self.client.list_pipeline_executions(pipelineName=pipeline, maxResults=most)
        return [
            Execution(
                pipeline,
                each["pipelineExecutionId"],
                each["status"],
                each["startTime"],
                next((one.get("revisionSummary", "") for one in each.get("sourceRevisions", ())), ""),
            )
            for each in answer["pipelineExecutionSummaries"]
        ]

    def since(self, moment: datetime, also: Collection[str] = ()) -> list[Execution]:
        """The executions that began since then, those before that are open now, and those with the ids `also`."""
        every = [each for name in self.names() for each in self.executions(name)]
        return [each for each in every if each.started >= moment or each.is_open or each.id in also]

    def actions(self, execution: Execution) -> list[Action]:
        """Its actions, the oldest first; retried ones each time they ran."""
        pages = self.client.get_paginator("list_action_executions").paginate(
            pipelineName=execution.pipeline, filter={"pipelineExecutionId": execution.id}
        )
        found = [self._action(execution, each) for page in pages for each in page["actionExecutionDetails"]]
        return sorted(found, key=lambda each: each.started)

    @staticmethod
    def _action(execution: Execution, each: Mapping[str, Any]) -> Action:
        result = each.get("output", {}).get("executionResult", {})
        is_over = each["status"] != "InProgress"
        return Action(
            execution.pipeline,
            execution.id,
            each["stageName"],
            each["actionName"],
            each["actionExecutionId"],
            each["status"],
            each["startTime"],
            each.get("lastUpdateTime") if is_over else None,
            (result.get("errorDetails") or {}).get("message", "") or result.get("externalExecutionSummary", ""),
            result.get("externalExecutionId", ""),
        )

    def stages(self, pipeline: str) -> list[Mapping[str, Any]]:
        answer: list[Mapping[str, Any]] = self.client.get_pipeline_state(name=pipeline)["stageStates"]
        return answer

    def approvals(self, pipelines: Sequence[str]) -> Iterator[Approval]:
        """The approvals that wait for a person now."""
        for pipeline in pipelines:
            for stage in self.stages(pipeline):
                for action in stage["actionStates"]:
                    latest = action.get("latestExecution", {})
                    if latest.get("status") == "InProgress" and "token" in latest:
                        execution = stage["latestExecution"]["pipelineExecutionId"]
                        yield Approval(pipeline, stage["stageName"], action["actionName"], latest["token"], execution)

    def answer(self, approval: Approval, *, approve: bool, reason: str) -> None:
        try:
            self.client.put_approval_result(
                pipelineName=approval.pipeline,
                stageName=approval.stage,
                actionName=approval.action,
                token=approval.token,
                result={"status": "Approved" if approve else "Rejected", "summary": reason},
            )
        except ClientError as error:
            # A newer execution overtook it, or another person answered.
            if error.response["Error"]["Code"] not in ANSWERED:
                raise
