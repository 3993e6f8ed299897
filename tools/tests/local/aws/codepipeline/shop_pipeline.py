"""An executor on fakes: actions end when the test says so."""

import itertools
from collections.abc import Callable
from typing import Any

from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Provider, Run
from tools.local.aws.codepipeline.records import Store, current_actions
from tools.local.aws.codepipeline.runs import RunMaker
from tools.local.aws.codepipeline.starts import start_execution

Document = dict[str, Any]
S3 = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
MANUAL = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}


def action(name: str, order: int = 1, **more: Any) -> Document:
    """An action without artifacts, which the test decides."""
    return {"name": name, "actionTypeId": MANUAL, "runOrder": order, **more}


def source(name: str = "Code") -> Document:
    return {
        "name": name,
        "actionTypeId": S3,
        "configuration": {"S3Bucket": "code", "S3ObjectKey": "source.zip"},
        "outputArtifacts": [{"name": "CodeOutput"}],
        "namespace": "Code",
    }


def declaration(*stages: Document, **more: Any) -> Document:
    """A pipeline with a source stage and the given stages."""
    return {
        "name": "shop",
        "roleArn": "arn:aws:iam::000000000000:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "pipelineType": "V2",
        "stages": [{"name": "Source", "actions": [source()]}, *stages],
        **more,
    }


def stage(name: str, *actions: Document, **more: Any) -> Document:
    return {"name": name, "actions": list(actions) or [action("Do")], **more}


class Runs(RunMaker):
    """Runs without credentials."""

    def fill_in(self, run: Run, execution: Document, action: Document) -> None:
        run.configuration = action["configuration"]


class Waiting:
    """A provider whose actions the test ends."""

    def step(self, run: Run) -> Later | Done:
        return Later(3600)


class Source:
    """A source whose revision is the number of its run."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def step(self, run: Run) -> Done:
        revision = f"v{next(self._numbers)}"
        return Done(revision, {"VersionId": revision}, {"revisionId": revision, "revisionSummary": revision})


class Jobs:
    """Runs submitted steps when the test asks for it."""

    def __init__(self) -> None:
        self.steps: dict[str, Callable[[], float | None]] = {}

    def submit(
        self, key: str, lane: str, step: Callable[[], float | None], *, limit: int = 1, at: float | None = None
    ) -> None:
        self.steps[key] = step

    def run(self) -> None:
        while self.steps:
            key = next(iter(self.steps))
            self.steps.pop(key)()


class Shop:
    """One pipeline on fakes."""

    def __init__(self, *stages: Document, **more: Any) -> None:
        self.now = 1000.0
        self.jobs = Jobs()
        self.events: list[tuple[str, str, str, str]] = []
        ids = itertools.count(1)
        self.store = Store(lambda: self.now)
        providers: dict[tuple[str, str], Provider] = {("Source", "S3"): Source(), ("Approval", "Manual"): Waiting()}
        self.executor = Executor(
            self.store,
            self.jobs,
            providers,
            Runs(),
            self._note,
            lambda: self.now,
            lambda: f"id-{next(ids)}",
        )
        self.store.create(declaration(*stages, **more))
        self.pipeline = self.store.pipeline("shop")

    def _note(
        self, kind: str, state: str, _pipeline: Document, run: Document, at: str, action: Document | None
    ) -> None:
        self.events.append((kind, state, run["id"], action["name"] if action else at))

    def start(self, **options: Any) -> str:
        """Start an execution and run its source."""
        self.now += 1
        execution = str(start_execution(self.executor, {"name": "shop", **options}, "")["pipelineExecutionId"])
        self.jobs.run()
        return execution

    def execution(self, execution: str) -> Document:
        found: Document = self.pipeline["executions"][execution]
        return found

    def status(self, execution: str) -> str:
        return str(self.execution(execution)["status"])

    def at(self, execution: str) -> str:
        """Where an execution is: the stage, or `> stage` when it waits before it."""
        found = self.execution(execution)
        return ("> " if found["entering"] else "") + str(found["stage"])

    def running(self, execution: str) -> list[str]:
        return [one["name"] for one in self.execution(execution)["actions"] if one["status"] == "InProgress"]

    def end(self, execution: str, name: str = "Do", *, failed: bool = False) -> None:
        """End an action that runs."""
        self.now += 1
        found = self.execution(execution)
        record = current_actions(found, found["stage"])[name]
        assert record["status"] == "InProgress", record
        outcome = ActionFailed("JobFailed", "it broke") if failed else Done("fine")
        self.executor.finish(self.pipeline, found, record, outcome)
        self.jobs.run()
