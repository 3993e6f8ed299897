"""The function `on_stage_end`, when CodeBuild refused the build of a test because the account runs too many."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline_service import aws
from pipeline_service.handlers import on_stage_end
from pipeline_service.pipelines import MOST_RETRIES

START = datetime(2026, 1, 1, tzinfo=UTC)
# As a reader of aws-samples/aws-gateway-load-balancer-suricata-ids-ips-nsm saw it (issue 12).
NO_ROOM = (
    "Error calling startBuild: Cannot have more than 1 builds in queue for the account (Service: AWSCodeBuild; "
    "Status Code: 400; Error Code: AccountLimitExceededException; Request ID: 1; Proxy: null)"
)
BROKEN = "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: make tests-e2e"


class Pipelines:
    """The API of CodePipeline: pipelines with one stage `tests` (a gate and a test), and that of the build."""

    def __init__(self) -> None:
        self.actions: dict[str, dict[str, dict[str, Any]]] = {}
        self.retries: dict[str, int] = {}
        self.retried: list[str] = []

    def put(self, service: str, test: str, message: str = "", at: int = 0, gate: str = "Succeeded") -> None:
        latest: dict[str, Any] = {"status": test, "lastStatusChange": START + timedelta(seconds=at)}
        if message:
            latest["errorDetails"] = {"code": "JobFailed", "message": message}
        self.actions[f"ecommerce-{service}"] = {"Gate": {"status": gate, "lastStatusChange": START}, "Test": latest}

    def put_build(self, status: str) -> None:
        """The action of `ecommerce-build` that builds commits."""
        self.actions["ecommerce-build"] = {"Build": {"status": status, "lastStatusChange": START}}

    def list_pipeline_executions(self, **_: Any) -> Any:
        return {"pipelineExecutionSummaries": []}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda: [{"pipelines": [{"name": name} for name in self.actions]}])

    def get_pipeline_state(self, name: str) -> Any:
        actions = self.actions[name]
        statuses = {each["status"] for each in actions.values()}
        status = "InProgress" if "InProgress" in statuses else "Failed" if "Failed" in statuses else "Succeeded"
        stage = {
            "stageName": "build" if name == "ecommerce-build" else "tests",
            "latestExecution": {"pipelineExecutionId": "e1", "status": status},
            "actionStates": [{"actionName": each, "latestExecution": latest} for each, latest in actions.items()],
            "retryStageMetadata": {"manualStageRetryAttempt": self.retries.get(name, 0)},
        }
        return {"stageStates": [{"stageName": "source", "actionStates": [{"actionName": "Source"}]}, stage]}

    def retry_stage_execution(self, **call: str) -> None:
        assert (call["stageName"], call["pipelineExecutionId"], call["retryMode"]) == ("tests", "e1", "FAILED_ACTIONS")
        name = call["pipelineName"]
        if self.actions[name]["Test"]["status"] != "Failed":
            raise ClientError({"Error": {"Code": "StageNotRetryableException", "Message": ""}}, "RetryStageExecution")
        self.retries[name] = self.retries.get(name, 0) + 1
        self.retried.append(name.removeprefix("ecommerce-"))
        self.actions[name]["Test"]["status"] = "InProgress"


@pytest.fixture
def pipelines(monkeypatch: pytest.MonkeyPatch) -> Pipelines:
    made = Pipelines()
    monkeypatch.setattr(aws, "codepipeline", lambda: made)
    monkeypatch.setattr(aws, "passed_revisions", lambda: SimpleNamespace(note=lambda *_: None))
    return made


def ended(service: str, state: str = "SUCCEEDED", stage: str = "tests") -> None:
    on_stage_end.handler({"detail": {"pipeline": f"ecommerce-{service}", "stage": stage, "state": state}}, None)


@pytest.mark.parametrize(("test", "state", "message"), [("Succeeded", "SUCCEEDED", ""), ("Failed", "FAILED", BROKEN)])
def test_a_build_that_ends_makes_room_for_the_test_that_waits_longest(
    pipelines: Pipelines, test: str, state: str, message: str
) -> None:
    pipelines.put("users", test, message)
    pipelines.put("cart", "Failed", NO_ROOM, at=9)
    pipelines.put("orders", "Failed", NO_ROOM, at=5)
    ended("users", state)
    assert pipelines.retried == ["orders"]


def test_a_test_that_failed_is_not_retried(pipelines: Pipelines) -> None:
    pipelines.put("users", "Succeeded")
    pipelines.put("orders", "Failed", BROKEN)
    ended("users")
    ended("orders", "FAILED")
    assert pipelines.retried == []


def test_a_stage_without_a_test_makes_no_room(pipelines: Pipelines) -> None:
    pipelines.put("users", "Succeeded")
    pipelines.put("orders", "Failed", NO_ROOM)
    ended("users", stage="source")
    assert pipelines.retried == []


def test_a_refused_test_waits_for_a_test_that_runs(pipelines: Pipelines) -> None:
    """Otherwise each refusal would cause the next retry."""
    pipelines.put("users", "InProgress")
    pipelines.put("orders", "Failed", NO_ROOM)
    ended("orders", "FAILED")
    assert pipelines.retried == []


def test_a_refused_test_waits_for_the_build_of_a_commit(pipelines: Pipelines) -> None:
    pipelines.put_build("InProgress")
    pipelines.put("orders", "Failed", NO_ROOM)
    for _ in range(MOST_RETRIES):
        ended("orders", "FAILED")
    assert pipelines.retried == []


@pytest.mark.parametrize(("status", "state"), [("Succeeded", "SUCCEEDED"), ("Failed", "FAILED")])
def test_the_build_of_a_commit_that_ends_makes_room_for_a_test(pipelines: Pipelines, status: str, state: str) -> None:
    pipelines.put_build(status)
    pipelines.put("orders", "Failed", NO_ROOM)
    ended("build", state, stage="build")
    assert pipelines.retried == ["orders"]


def test_a_refused_test_is_retried_when_no_build_runs_any_more(pipelines: Pipelines) -> None:
    """The last one may have ended before this stage had failed, and then no further event follows."""
    pipelines.put("users", "Succeeded")
    pipelines.put("orders", "Failed", NO_ROOM)
    ended("orders", "FAILED")
    assert pipelines.retried == ["orders"]


def test_a_test_that_was_retried_five_times_is_left_to_a_person(pipelines: Pipelines) -> None:
    """The account may be allowed no builds at all, or run those of others."""
    for _ in range(MOST_RETRIES + 2):
        pipelines.put("orders", "Failed", NO_ROOM)
        ended("orders", "FAILED")
    assert pipelines.retried == ["orders"] * MOST_RETRIES


def test_the_refused_test_of_an_earlier_commit_is_not_the_reason_why_a_stage_failed(pipelines: Pipelines) -> None:
    """CodePipeline shows the last execution of each action, whichever commit it was of."""
    pipelines.put("users", "Succeeded")
    pipelines.put("orders", "Failed", NO_ROOM, gate="Failed")
    ended("users")
    ended("orders", "FAILED")
    assert pipelines.retried == []


def test_another_one_is_retried_when_another_event_took_the_first(pipelines: Pipelines) -> None:
    pipelines.put("users", "Succeeded")
    pipelines.put("orders", "Failed", NO_ROOM, at=1)
    pipelines.put("cart", "Failed", NO_ROOM, at=2)
    seen = pipelines.get_pipeline_state("ecommerce-orders")
    pipelines.actions["ecommerce-orders"]["Test"]["status"] = "InProgress"
    present: Callable[[str], Any] = pipelines.get_pipeline_state
    seen["stageStates"][1]["actionStates"][1]["latestExecution"] = {
        **pipelines.actions["ecommerce-orders"]["Test"],
        "status": "Failed",
    }
    pipelines.get_pipeline_state = (  # type: ignore[method-assign]  # an answer from before the other retry
        lambda name: seen if name == "ecommerce-orders" else present(name)
    )
    ended("users")
    assert pipelines.retried == ["cart"]


@pytest.mark.parametrize("room", [1, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_all_tests_pass_in_the_end_however_few_builds_the_account_runs(
    pipelines: Pipelines, seed: int, room: int
) -> None:
    """Builds end and events arrive in any order."""
    chance = random.Random(seed)  # noqa: S311 - the order of a test is no secret
    names = [f"s{number}" for number in range(12)]
    running: list[str] = []
    events: list[tuple[str, str]] = []

    def start(name: str) -> None:
        if len(running) < room:
            running.append(name)
            pipelines.put(name, "InProgress")
        else:
            pipelines.put(name, "Failed", NO_ROOM, at=chance.randrange(100))
            events.append((name, "FAILED"))

    for name in names:
        start(name)
    while running or events:
        if running and (not events or chance.random() < 0.5):
            name = running.pop(chance.randrange(len(running)))
            pipelines.put(name, "Succeeded")
            events.append((name, "SUCCEEDED"))
        else:
            before = len(pipelines.retried)
            ended(*events.pop(chance.randrange(len(events))))
            for name in pipelines.retried[before:]:
                start(name)
    assert {each["Test"]["status"] for each in pipelines.actions.values()} == {"Succeeded"}
