"""`make pipeline-status`, and the approvals that wait."""

from typing import Any

import pytest

from tools.pipeline.status import show
from tools.pipeline.watching import Approval, Pipelines
from tools.project.problems import Problem
from tools.tests.pipeline.fake_codepipeline import FakeCodePipeline, refused


def stage(name: str, status: str, execution: int, **latest: Any) -> dict[str, Any]:
    action = {"actionName": "Deploy", "latestExecution": {"status": status, **latest}}
    stages = {"pipelineExecutionId": str(execution), "status": status}
    return {"stageName": name, "latestExecution": stages, "actionStates": [action]}


def test_each_stage_has_its_commit_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    stages = [
        stage("tests", "InProgress", 2),
        stage("staging", "Succeeded", 1),
        stage("approval", "InProgress", 1, token="t"),
        {"stageName": "prod", "actionStates": [{"actionName": "Deploy"}]},
    ]
    client = FakeCodePipeline("1 aaaaaaaaaa first", "2 bbbbbbbbbb second", stages=stages)
    assert show(Pipelines(client), "dev") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("  ")[0] == "orders"
    for cell in ("tests bbbbbbbb runs", "staging aaaaaaaa ok", "approval aaaaaaaa waits for approval", "prod -"):
        assert cell in line


def test_a_failed_stage_says_why_and_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    stages = [stage("tests", "Failed", 1, errorDetails={"message": "3 tests failed"})]
    assert show(Pipelines(FakeCodePipeline("1 aaaaaaaaaa first", stages=stages)), "dev") == 1
    line, reason = capsys.readouterr().out.splitlines()
    assert "tests aaaaaaaa FAILED" in line
    assert reason.strip() == "tests: Deploy: 3 tests failed"


def test_without_pipelines_it_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pipelines, "names", lambda _: [])
    with pytest.raises(Problem, match="there are no pipelines in dev: `make bootstrap-pipeline`"):
        show(Pipelines(FakeCodePipeline()), "dev")


def test_an_approval_is_answered_once() -> None:
    client = FakeCodePipeline("1 aaaaaaaaaa first", stages=[stage("approval", "InProgress", 1, token="t")])
    (waits,) = Pipelines(client).approvals(["ecommerce-orders"])
    assert waits == Approval("ecommerce-orders", "approval", "Deploy", "t", "1")
    client.error = refused("ApprovalAlreadyCompletedException")  # another person was quicker
    Pipelines(client).answer(waits, approve=True, reason="tried")
    client.error = refused("AccessDeniedException")
    with pytest.raises(Exception, match="AccessDenied"):
        Pipelines(client).answer(waits, approve=False, reason="tried")
    assert [request["result"]["status"] for _, request in client.calls] == ["Approved", "Rejected"]
