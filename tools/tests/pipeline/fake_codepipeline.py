"""CodePipeline's answers about one pipeline, for tests of the commands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

BEGAN = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class FakeCodePipeline:
    """Executions are numbers from 1; execution n has the commit of the nth summary."""

    def __init__(
        self, *summaries: str, prod: list[int] | None = None, stages: list[dict[str, Any]] | None = None
    ) -> None:
        self.summaries = summaries
        self.in_prod = prod or []
        """The executions that succeeded in production, newest first."""
        self.stages = stages or []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.error: ClientError | None = None
        """What the next call that changes something raises."""

    def list_pipeline_executions(self, **request: Any) -> dict[str, Any]:
        every = list(range(len(self.summaries), 0, -1))
        chosen = self.in_prod if "filter" in request else every
        return {"pipelineExecutionSummaries": [self._execution(number) for number in chosen]}

    def _execution(self, number: int) -> dict[str, Any]:
        return {
            "pipelineExecutionId": str(number),
            "status": "Succeeded",
            "startTime": BEGAN + timedelta(minutes=number),
            "sourceRevisions": [{"revisionSummary": self.summaries[number - 1]}],
        }

    def get_paginator(self, operation: str) -> "FakeCodePipeline":
        assert operation == "list_pipelines"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        yield {"pipelines": [{"name": "ecommerce-orders"}, {"name": "of-another-team"}]}

    def get_pipeline_state(self, name: str) -> dict[str, Any]:
        assert name == "ecommerce-orders"
        return {"stageStates": self.stages}

    def start_pipeline_execution(self, **request: Any) -> dict[str, Any]:
        return self._change("start", request)

    def rollback_stage(self, **request: Any) -> dict[str, Any]:
        return self._change("rollback", request)

    def put_approval_result(self, **request: Any) -> dict[str, Any]:
        return self._change("approval", request)

    def _change(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((name, request))
        if self.error:
            raise self.error
        return {"pipelineExecutionId": "new"}
