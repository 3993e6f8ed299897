"""The records of pipelines, executions and actions, and the store that keeps them.

They are plain JSON, saved with the state of the local cloud. Hold `Store.lock` to read or change a record.
"""

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tools.local.aws.codepipeline.structure import checked
from tools.local.aws.json_api import ApiError, Document
from tools.local.home import ACCOUNT, REGION

KEPT_EXECUTIONS = 100
"""Finished executions of a pipeline that are kept. AWS keeps those of 12 months."""
UNFINISHED = ("InProgress", "Stopping")
FINISHED = ("Succeeded", "Failed", "Stopped", "Superseded")


def pipeline_arn(name: str) -> str:
    return f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"


class Store:
    """The pipelines of this cloud."""

    def __init__(self, clock: Callable[[], float], on_change: Callable[[], None] = lambda: None) -> None:
        self.lock = threading.RLock()
        self._clock, self._on_change = clock, on_change
        self.pipelines: dict[str, Document] = {}

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> Document:
        with self.lock:
            return deepcopy(self.pipelines)

    def load_persisted_state(self, data: Document) -> None:
        with self.lock:
            self.pipelines = data

    def reset(self) -> None:
        with self.lock:
            self.pipelines.clear()

    def changed(self) -> None:
        """Have the state of the local cloud saved soon. Call it after each change of a record."""
        self._on_change()

    # --- pipelines ---

    def pipeline(self, name: str) -> Document:
        try:
            return self.pipelines[name]
        except KeyError:
            raise ApiError(
                "PipelineNotFoundException",
                f"Account '{ACCOUNT}' does not have a pipeline with name '{name}'",
            ) from None

    def create(self, declaration: Document) -> Document:
        with self.lock:
            name = declaration["name"]
            if name in self.pipelines:
                raise ApiError("PipelineNameInUseException", f"A pipeline with name {name} exists already")
            now = self._clock()
            structure = {**checked(declaration), "version": 1}
            self.pipelines[name] = {
                "name": name,
                "version": 1,
                "structures": {"1": structure},
                "created": now,
                "updated": now,
                "disabled": {},
                "latest": {},
                "executions": {},
                "tokens": {},
            }
            self.changed()
            return structure

    def update(self, declaration: Document) -> Document:
        """A new version of the structure. Executions that run go on with theirs."""
        with self.lock:
            pipeline = self.pipeline(declaration["name"])
            version = pipeline["version"] + 1
            structure = {**checked(declaration), "version": version}
            pipeline.update(version=version, updated=self._clock())
            pipeline["structures"][str(version)] = structure
            self._drop_unused_structures(pipeline)
            self.changed()
            return structure

    def delete(self, name: str) -> None:
        with self.lock:
            self.pipelines.pop(name, None)
            self.changed()

    # --- executions ---

    def execution(self, pipeline: Document, execution_id: str) -> Document:
        try:
            found: Document = pipeline["executions"][execution_id]
        except KeyError:
            raise ApiError(
                "PipelineExecutionNotFoundException",
                f"Pipeline {pipeline['name']} has no execution with the id {execution_id}",
            ) from None
        return found

    def add_execution(self, pipeline: Document, execution: Document) -> None:
        pipeline["executions"][execution["id"]] = execution
        finished = [one["id"] for one in pipeline["executions"].values() if one["status"] in FINISHED]
        for old in finished[: max(0, len(finished) - KEPT_EXECUTIONS)]:
            del pipeline["executions"][old]
        self._drop_unused_structures(pipeline)

    @staticmethod
    def _drop_unused_structures(pipeline: Document) -> None:
        used = {str(pipeline["version"]), *(str(one["version"]) for one in pipeline["executions"].values())}
        pipeline["structures"] = {key: one for key, one in pipeline["structures"].items() if key in used}


def structure_of(pipeline: Document, execution: Document | None = None) -> Document:
    """The present structure, or the one with which an execution was started."""
    version = pipeline["version"] if execution is None else execution["version"]
    found: Document = pipeline["structures"][str(version)]
    return found


def unfinished(pipeline: Document) -> list[Document]:
    """The executions that run or wait, oldest first."""
    return [one for one in pipeline["executions"].values() if one["status"] in UNFINISHED]


def stage_names(structure: Document) -> list[str]:
    return [stage["name"] for stage in structure["stages"]]


def stage_record(execution: Document, stage: str) -> Document:
    """The record of an execution in a stage: its status, and how often the stage was retried.

    `since` is the index of the first action execution that counts: a retry of all actions starts counting anew.
    """
    found: Document = execution["stages"].setdefault(
        stage, {"status": "", "since": 0, "attempt": 1, "automatic": 0, "manual": 0, "trigger": ""}
    )
    return found


def current_actions(execution: Document, stage: str) -> dict[str, Document]:
    """The action executions that count in a stage: the newest of each action that was not retried since."""
    since = stage_record(execution, stage)["since"]
    return {
        action["name"]: action
        for action in execution["actions"][since:]
        if action["stage"] == stage and not action["retried"]
    }


def all_actions(pipeline: Document) -> Iterator[tuple[Document, Document]]:
    """Each action execution with its pipeline execution."""
    for execution in pipeline["executions"].values():
        for action in execution["actions"]:
            yield execution, action


def new_action(action_id: str, stage: str, action: Document, now: float) -> Document:
    """The record of an action that starts."""
    record: dict[str, Any] = {
        "id": action_id,
        "stage": stage,
        "name": action["name"],
        "status": "InProgress",
        "started": now,
        "updated": now,
        "retried": False,
        "summary": "",
        "external": "",
        "error": None,
        "token": "",
        "by": "",
        "resolved": {},
        "inputs": [],
        "outputs": [],
        "variables": {},
        "work": {},
    }
    return record
