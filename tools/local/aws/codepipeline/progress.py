"""How executions move through the stages of a pipeline.

The rules are those of the pages "How pipeline executions work", "Stopped executions", "Configuring stage retry" and
"Configuring stage rollback" of the CodePipeline User Guide. Nothing here waits or calls AWS: `Progress` changes records
and returns the actions to start and the events to send.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tools.local.aws.codepipeline.records import (
    all_actions,
    current_actions,
    new_action,
    stage_names,
    stage_record,
    structure_of,
    unfinished,
)
from tools.local.aws.codepipeline.structure import stage_of
from tools.local.aws.json_api import Document

Clock = Callable[[], float]
NewId = Callable[[], str]
Event = tuple[str, str, Document, str, Document | None]


@dataclass
class Steps:
    """What follows from a change: the ids of the actions to start, events to send (kind, state, execution, stage,
    action), and failed executions whose stage is rolled back."""

    start: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    rollbacks: list[tuple[Document, str]] = field(default_factory=list)


class Progress:
    """Moves the executions of one pipeline. Call it with the lock of the store."""

    def __init__(self, pipeline: Document, clock: Clock, new_id: NewId) -> None:
        self._pipeline, self._clock, self._new_id = pipeline, clock, new_id
        self.steps = Steps()

    def advance(self) -> Steps:
        """Move every execution as far as it can go now."""
        while any([self._advance_running(one) for one in unfinished(self._pipeline)] + [self._let_in()]):
            pass
        return self.steps

    # --- inside a stage ---

    def _advance_running(self, execution: Document) -> bool:
        """Start the next actions of an execution, or finish its stage. Whether anything changed."""
        if execution["entering"]:
            return self._stop_waiting(execution)
        stage = stage_of(structure_of(self._pipeline, execution), execution["stage"])
        actions = current_actions(execution, stage["name"])
        running = [one for one in actions.values() if one["status"] == "InProgress"]
        if execution["status"] == "Stopping":
            if not running:
                self._end_stage(execution, stage, "Stopped")
            return not running
        for order in sorted({action["runOrder"] for action in stage["actions"]}):
            together = [action for action in stage["actions"] if action["runOrder"] == order]
            missing = [action for action in together if action["name"] not in actions]
            for action in missing:
                self._start_action(execution, stage["name"], action)
            if missing:
                return True
            states = {actions[action["name"]]["status"] for action in together}
            if "InProgress" in states:
                return False
            if states != {"Succeeded"}:
                self._end_stage(execution, stage, "Failed")
                return True
        self._end_stage(execution, stage, "Succeeded")
        return True

    def _start_action(self, execution: Document, stage: str, action: Document) -> None:
        record = new_action(self._new_id(), stage, action, self._clock())
        execution["actions"].append(record)
        self.steps.start.append(record["id"])
        self.steps.events.append(("Action", "STARTED", execution, stage, record))

    def _end_stage(self, execution: Document, stage: Document, status: str) -> None:
        name = stage["name"]
        record = stage_record(execution, name)
        record["status"] = status
        self._event("Stage", status.upper(), execution, name)
        if status == "Failed" and self._retried(execution, stage, record):
            return
        following = self._following(execution, name)
        if status == "Succeeded" and following and execution["type"] == "STANDARD":
            execution.update(stage=following, entering=True, since=self._clock(), updated=self._clock())
            return
        self._end(execution, status)
        failure = (stage.get("onFailure") or {}).get("result")
        if status == "Failed" and failure == "ROLLBACK" and execution["type"] == "STANDARD":
            self.steps.rollbacks.append((execution, name))

    def _retried(self, execution: Document, stage: Document, record: Document) -> bool:
        """The automatic retry of a failed stage: once for each attempt that a person or an event started."""
        failure = stage.get("onFailure") or {}
        if failure.get("result") != "RETRY" or record["automatic"]:
            return False
        mode = (failure.get("retryConfiguration") or {}).get("retryMode", "FAILED_ACTIONS")
        self.retry(execution, stage["name"], mode, "AutomatedStageRetry")
        return True

    def retry(self, execution: Document, stage: str, mode: str, trigger: str) -> None:
        """Run a stage of an execution again."""
        record = stage_record(execution, stage)
        if mode == "ALL_ACTIONS":
            record["since"] = len(execution["actions"])
        for action in current_actions(execution, stage).values():
            if action["status"] != "Succeeded":
                action["retried"] = True
        record.update(status="InProgress", attempt=record["attempt"] + 1, trigger=trigger)
        record["automatic" if trigger == "AutomatedStageRetry" else "manual"] += 1
        execution.update(status="InProgress", stage=stage, entering=False, updated=self._clock(), summary="")
        self._event("Pipeline", "RESUMED", execution, "")
        self._event("Stage", "RESUMED", execution, stage)

    def _following(self, execution: Document, stage: str) -> str:
        names = stage_names(structure_of(self._pipeline, execution))
        place = names.index(stage) + 1
        return str(names[place]) if place < len(names) else ""

    def _end(self, execution: Document, status: str, summary: str = "") -> None:
        execution.update(status=status, entering=False, updated=self._clock(), summary=summary or execution["summary"])
        self._event("Pipeline", status.upper(), execution, "")

    def _event(self, kind: str, state: str, execution: Document, stage: str) -> None:
        self.steps.events.append((kind, state, execution, stage, None))

    # --- between stages ---

    def _stop_waiting(self, execution: Document) -> bool:
        if execution["status"] == "Stopping":
            self._end(execution, "Stopped")
            return True
        return False

    def _let_in(self) -> bool:
        """Let waiting executions enter their stages. Whether anything changed."""
        changed = False
        waiting: dict[str, list[Document]] = {}
        for execution in unfinished(self._pipeline):
            if execution["entering"] and execution["status"] == "InProgress":
                waiting.setdefault(execution["stage"], []).append(execution)
        for stage, queue in waiting.items():
            queue.sort(key=lambda one: (one["started"], one["number"]))
            if structure_of(self._pipeline)["executionMode"] == "SUPERSEDED":
                *older, newest = queue
                for one in older:
                    self._end(one, "Superseded", f"Superseded by execution {newest['id']}")
                queue, changed = [newest], changed or bool(older)
            if stage not in self._pipeline["disabled"] and not self.occupant(stage):
                self._enter(queue[0], stage)
                changed = True
        return changed

    def occupant(self, stage: str) -> Document | None:
        """The execution that holds the lock of a stage."""
        for execution in unfinished(self._pipeline):
            if execution["stage"] == stage and not execution["entering"]:
                return execution
        return None

    def _enter(self, execution: Document, stage: str) -> None:
        execution.update(entering=False, updated=self._clock())
        stage_record(execution, stage)["status"] = "InProgress"
        self._pipeline["latest"][stage] = execution["id"]
        self._event("Stage", "STARTED", execution, stage)


def find_action(pipeline: Document, action_id: str) -> tuple[Document, Document] | None:
    """An action execution and its pipeline execution."""
    for execution, action in all_actions(pipeline):
        if action["id"] == action_id:
            return execution, action
    return None
