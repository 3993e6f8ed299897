"""`make pipeline-local`: what it shows while pipelines run, and how it ends."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tools.pipeline import local
from tools.pipeline.local import Run
from tools.pipeline.watching import BUILD, Action, Approval, Execution

BEGAN = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
ORDERS = "ecommerce-orders"


class FakePipelines:
    """Each look of the command is one step of the script: for each execution, the status of each run of its action."""

    def __init__(self, *steps: dict[str, str], waiting: str = "", earlier: str = "", open_before: str = "") -> None:
        self.steps, self.waiting, self.earlier, self.open_before = list(steps), waiting, earlier, open_before
        self.answered: list[tuple[str, bool]] = []
        self.client = self

    def start_pipeline_execution(self, **request: Any) -> dict[str, str]:
        self.request = request
        return {"pipelineExecutionId": "own"}

    def executions(self, pipeline: str) -> list[Execution]:
        others = [Execution(pipeline, "before", self.earlier, BEGAN, "")] if self.earlier else []
        return [Execution(pipeline, "own", "InProgress", BEGAN, ""), *others]

    def since(self, moment: datetime, also: Collection[str] = ()) -> list[Execution]:
        self.now = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        self.also = set(also)
        return [self._execution(name, status.split(",")[-1], moment) for name, status in self.now.items()]

    def _execution(self, name: str, status: str, moment: datetime) -> Execution:
        return Execution(name, name, status, BEGAN if name == self.open_before else moment, "")

    def actions(self, execution: Execution) -> list[Action]:
        statuses = self.now[execution.pipeline].split(",")
        return [self._action(execution, f"{execution.pipeline} {number}", each) for number, each in enumerate(statuses)]

    def _action(self, execution: Execution, name: str, status: str) -> Action:
        began = BEGAN if execution.pipeline == self.open_before and name.endswith(" 0") else datetime.now(UTC)
        ended = None if status == "InProgress" else began + timedelta(seconds=2)
        message = "3 tests failed" if status == "Failed" else ""
        return Action(execution.pipeline, "1", "tests", "Test", name, status, BEGAN, ended, message, "")

    def approvals(self, pipelines: list[str]) -> list[Approval]:
        waits = self.waiting and self.waiting in pipelines and not self.answered
        return [Approval(self.waiting, "approval", "Approve", "token", "1")] if waits else []

    def answer(self, approval: Approval, *, approve: bool, reason: str) -> None:
        self.answered.append((approval.pipeline, approve))


PLACE: Any = SimpleNamespace(environment=SimpleNamespace(name="local"), client=lambda _: None)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(local, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(local, "Follower", lambda *_: type("NoLog", (), {"lines": lambda _: []})())
    monkeypatch.setattr(local, "tail", lambda *_: ["the last line of its log"])


def follow(pipelines: FakePipelines, *, approve: bool = False) -> tuple[int, list[str]]:
    shown: list[str] = []
    run = Run(PLACE, approve=approve, show=shown.append)
    run._pipelines = pipelines  # type: ignore[assignment]
    return run.follow("c" * 40, "changed", "deployed"), shown


def test_a_green_run_ends_with_its_counts() -> None:
    pipelines = FakePipelines({BUILD: "InProgress"}, {BUILD: "Succeeded", ORDERS: "Succeeded"})
    code, shown = follow(pipelines)
    assert code == 0
    assert shown[-1].startswith("1 services, 2 actions (2 succeeded) in ")
    (revision,) = pipelines.request["sourceRevisions"]
    assert (revision["revisionType"], revision["revisionValue"]) == ("COMMIT_ID", "c" * 40)


def test_a_failure_is_shown_with_its_reason_and_log() -> None:
    code, shown = follow(FakePipelines({BUILD: "Succeeded", ORDERS: "Failed"}))
    assert code == 1
    (line,) = [each for each in shown if each.startswith("orders ") and "Failed" in each]
    assert line.endswith("3 tests failed\n    | the last line of its log")
    assert "orders: FAILED; `make pipeline-status` says why" in shown


def test_a_retried_action_is_not_counted_as_a_failure() -> None:
    code, shown = follow(FakePipelines({BUILD: "Succeeded", ORDERS: "Failed,Succeeded"}))
    assert code == 0
    assert "3 actions (2 succeeded, 1 failed at first and retried)" in shown[-1]


def test_when_nothing_changed_it_says_so() -> None:
    code, shown = follow(FakePipelines({BUILD: "Succeeded"}))
    assert code == 0
    assert shown[-1].startswith("nothing changed, so no pipeline ran")


def test_approvals_are_given_if_asked() -> None:
    pipelines = FakePipelines(
        {BUILD: "Succeeded", ORDERS: "InProgress"}, {BUILD: "Succeeded", ORDERS: "Succeeded"}, waiting=ORDERS
    )
    assert follow(pipelines, approve=True)[0] == 0
    assert pipelines.answered == [(ORDERS, True)]


def test_an_approval_of_an_earlier_run_is_given() -> None:
    """What that run did is not shown again."""
    pipelines = FakePipelines(
        {BUILD: "Succeeded", ORDERS: "Succeeded,InProgress"},
        {BUILD: "Succeeded", ORDERS: "Succeeded,Succeeded"},
        waiting=ORDERS,
        open_before=ORDERS,
    )
    code, shown = follow(pipelines, approve=True)
    assert code == 0
    assert pipelines.answered == [(ORDERS, True)]
    assert pipelines.also == {ORDERS}
    assert len([each for each in shown if each.startswith("orders ")]) == 2  # the second action: begun, succeeded
    assert "1 services, 2 actions (2 succeeded)" in shown[-1]


def test_without_a_terminal_it_ends_while_an_approval_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, shown = follow(FakePipelines({BUILD: "Succeeded", ORDERS: "InProgress"}, waiting=ORDERS))
    assert code == 0
    assert shown[-1] == "orders: waits for an approval; `make pipeline-local APPROVE=1` gives it"


@pytest.mark.parametrize(("earlier", "waits"), [("InProgress", True), ("Succeeded", False), ("", False)])
def test_an_earlier_build_is_named(earlier: str, waits: bool) -> None:
    _, shown = follow(FakePipelines({BUILD: "Succeeded"}, earlier=earlier))
    assert ("build: an earlier build is not finished, so this one waits for it" in shown) == waits


def test_an_interrupt_ends_the_command_and_not_the_pipelines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    cloud = SimpleNamespace(endpoint=lambda: "http://127.0.0.1:1")
    monkeypatch.setattr(local, "Home", SimpleNamespace(from_environment=lambda: cloud))
    monkeypatch.setattr("tools.local.lifecycle.start", lambda _: False)
    monkeypatch.setattr(local, "target", lambda _: PLACE)
    monkeypatch.setattr("tools.pipeline.bootstrap.plan", lambda _: None)
    monkeypatch.setattr("tools.pipeline.bootstrap.set_up", lambda *_: None)
    monkeypatch.setattr(local, "push", lambda *_: "c" * 40)
    monkeypatch.setattr(Run, "__init__", lambda *_, **__: None)
    monkeypatch.setattr(Run, "follow", interrupted)
    assert local.main([]) == 130
    assert "the pipelines go on: `make pipeline-status`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--service", "orders,nonsense"], "unknown service nonsense; there are "),
        (["--changed-since", "nonsense"], "CHANGED_SINCE: nonsense is no commit of this repository"),
    ],
)
def test_wrong_use_starts_nothing(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.local.lifecycle.start", lambda _: pytest.fail("it started the local cloud"))
    assert local.main(arguments) == 2
    assert message in capsys.readouterr().err
