"""Which executions a run follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.pipeline.watching import Pipelines

BEGAN = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
BEFORE, SINCE = BEGAN - timedelta(hours=1), BEGAN + timedelta(seconds=1)


class FakeClient:
    def __init__(self, status: str, began: datetime) -> None:
        self.answer = {"pipelineExecutionId": "one", "status": status, "startTime": began}

    def get_paginator(self, _operation: str) -> "FakeClient":
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"pipelines": [{"name": "ecommerce-orders"}]}]

    def list_pipeline_executions(self, **_request: Any) -> dict[str, Any]:
        return {"pipelineExecutionSummaries": [self.answer]}


@pytest.mark.parametrize(
    ("status", "began", "also", "is_followed"),
    [
        ("Succeeded", SINCE, [], True),
        ("InProgress", BEFORE, [], True),  # it waits for an approval, or goes on after the command ended
        ("Stopping", BEFORE, [], True),
        ("Succeeded", BEFORE, [], False),
        ("Failed", BEFORE, [], False),
        ("Failed", BEFORE, ["one"], True),  # it was open before
    ],
)
def test_open_executions_of_an_earlier_run_are_followed(
    status: str, began: datetime, also: list[str], is_followed: bool
) -> None:
    found = Pipelines(FakeClient(status, began)).since(BEGAN, also)
    assert [each.id for each in found] == (["one"] if is_followed else [])
