"""Runs the executions of all pipelines: applies `Progress` to the records, and has each action's steps run by the
driver."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from tools.local.aws.codepipeline.progress import Clock, Event, NewId, Progress, Steps, find_action
from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Provider, Run
from tools.local.aws.codepipeline.records import Store, all_actions, stage_record, structure_of
from tools.local.aws.codepipeline.runs import RunMaker, timeout_of
from tools.local.aws.codepipeline.structure import action_of, stage_of
from tools.local.aws.codepipeline.variables import DECLARED, PIPELINE, Unresolved
from tools.local.aws.iam.engine_sessions import RoleRefused
from tools.local.aws.json_api import Document
from tools.local.delivery.driver import Step, Stopping

log = logging.getLogger("local.codepipeline")

ACTIONS_AT_ONCE = 20
SendEvent = Callable[[str, str, Document, Document, str, Document | None], None]
"""(kind, state, pipeline, execution, stage, action)"""


class Jobs(Protocol):
    """The part of `delivery.driver.Driver` that is used."""

    def submit(self, key: str, lane: str, step: Step, *, limit: int = 1, at: float | None = None) -> None: ...


class Executor:
    """The executions of all pipelines of a store."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        providers: Mapping[tuple[str, str], Provider],
        runs: RunMaker,
        send_event: SendEvent,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self._jobs, self._providers, self._runs, self._send_event = jobs, providers, runs, send_event

    def resume(self) -> None:
        """Go on with the actions that ran when the cloud stopped. Call it when the state has been loaded."""
        with self.store.lock:
            for pipeline in list(self.store.pipelines.values()):
                for _, action in all_actions(pipeline):
                    if action["status"] == "InProgress":
                        self._submit(pipeline["name"], action["id"])
                self.advance(pipeline)

    # --- executions ---

    def start(self, pipeline: Document, execution: Document) -> None:
        """Add an execution and let it go as far as it can. Call it with the lock."""
        self.store.add_execution(pipeline, execution)
        self._send([("Pipeline", "STARTED", execution, "", None)], pipeline)
        self.advance(pipeline)

    def new_execution(self, pipeline: Document, trigger: Document, **given: Any) -> Document:
        """The record of an execution of the present structure."""
        structure = structure_of(pipeline)
        now, execution_id = self.clock(), self.new_id()
        variables = {one["name"]: one.get("defaultValue", "") for one in structure.get("variables", [])}
        pipeline["number"] = pipeline.get("number", 0) + 1
        execution: Document = {
            "id": execution_id,
            "number": pipeline["number"],
            "pipeline_role": structure["roleArn"],
            "version": pipeline["version"],
            "mode": structure["executionMode"],
            "type": "STANDARD",
            "status": "InProgress",
            "summary": "",
            "started": now,
            "since": now,
            "updated": now,
            "trigger": trigger,
            "stage": structure["stages"][0]["name"],
            "entering": True,
            "variables": {**variables, **given.pop("variables", {})},
            "overrides": [],
            "revisions": [],
            "namespaces": {},
            "artifacts": {},
            "stages": {},
            "actions": [],
            **given,
        }
        execution["namespaces"] = {
            **execution["namespaces"],
            PIPELINE: {"PipelineExecutionId": execution_id},
            DECLARED: execution["variables"],
        }
        return execution

    def roll_back(self, pipeline: Document, stage: str, target: Document, trigger: Document) -> Document:
        """Run a stage again with the artifacts and variables of an earlier execution."""
        execution = self.new_execution(
            pipeline,
            trigger,
            type="ROLLBACK",
            stage=stage,
            variables=dict(target["variables"]),
            namespaces=dict(target["namespaces"]),
            artifacts=dict(target["artifacts"]),
            revisions=list(target["revisions"]),
            target=target["id"],
        )
        self.start(pipeline, execution)
        return execution

    def retry(self, pipeline: Document, execution: Document, stage: str, mode: str) -> None:
        progress = self._progress(pipeline)
        progress.retry(execution, stage, mode, "ManualStageRetry")
        stage_record(execution, stage)["automatic"] = 0
        self._apply(pipeline, progress.advance())

    def stop(self, pipeline: Document, execution: Document, reason: str, *, abandon: bool) -> None:
        execution.update(status="Stopping", stop_reason=reason, summary=reason, updated=self.clock())
        self._send([("Pipeline", "STOPPING", execution, "", None)], pipeline)
        if abandon:
            for action in execution["actions"]:
                if action["status"] == "InProgress":
                    action.update(status="Abandoned", updated=self.clock())
                    self._send([("Action", "ABANDONED", execution, action["stage"], action)], pipeline)
        self.advance(pipeline)

    def advance(self, pipeline: Document) -> None:
        """Move the executions of a pipeline as far as they can go. Call it with the lock."""
        self._apply(pipeline, self._progress(pipeline).advance())

    def occupant(self, pipeline: Document, stage: str) -> Document | None:
        return self._progress(pipeline).occupant(stage)

    def _progress(self, pipeline: Document) -> Progress:
        return Progress(pipeline, self.clock, self.new_id)

    def _apply(self, pipeline: Document, steps: Steps) -> None:
        self._send(steps.events, pipeline)
        for action_id in steps.start:
            self._submit(pipeline["name"], action_id)
        self.store.changed()
        for failed, stage in steps.rollbacks:
            target = last_success(pipeline, failed, stage)
            if target is not None:
                trigger = {"triggerType": "AutomatedRollback", "triggerDetail": failed["id"]}
                self.roll_back(pipeline, stage, target, trigger)

    def _send(self, events: list[Event], pipeline: Document) -> None:
        for kind, state, execution, stage, action in events:
            self._send_event(kind, state, pipeline, execution, stage, action)

    # --- actions ---

    def finish(self, pipeline: Document, execution: Document, action: Document, outcome: Done | ActionFailed) -> None:
        """Note the outcome of an action and go on. Call it with the lock."""
        action["updated"] = self.clock()
        if isinstance(outcome, ActionFailed):
            action.update(
                status="Failed", error={"code": outcome.code, "message": str(outcome)}, summary=action["summary"]
            )
            self._send([("Action", "FAILED", execution, action["stage"], action)], pipeline)
        else:
            action.update(status="Succeeded", summary=outcome.summary, variables=dict(outcome.variables))
            self._keep_results(pipeline, execution, action, outcome)
            self._send([("Action", "SUCCEEDED", execution, action["stage"], action)], pipeline)
        self.advance(pipeline)

    @staticmethod
    def _keep_results(pipeline: Document, execution: Document, action: Document, outcome: Done) -> None:
        declared = action_of(stage_of(structure_of(pipeline, execution), action["stage"]), action["name"])
        revision = {"revision": outcome.revision["revisionId"]} if outcome.revision else {}
        for output in action["outputs"]:
            where = {"bucket": output["bucket"], "key": output["key"], **revision}
            execution["artifacts"][output["name"]] = where
        if declared.get("namespace"):
            execution["namespaces"][declared["namespace"]] = dict(outcome.variables)
        if outcome.revision is not None:
            name = declared["outputArtifacts"][0]["name"]
            others = [one for one in execution["revisions"] if one["name"] != name]
            execution["revisions"] = [*others, {"name": name, "action": action["name"], **outcome.revision}]

    def wake(self, pipeline: str, action_id: str) -> None:
        """Have the next step of an action run now."""
        self._submit(pipeline, action_id)

    def _submit(self, pipeline: str, action_id: str) -> None:
        self._jobs.submit(
            f"codepipeline {action_id}",
            f"codepipeline/{pipeline}",
            lambda: self._step(pipeline, action_id),
            limit=ACTIONS_AT_ONCE,
        )

    def _step(self, name: str, action_id: str) -> float | None:
        """One step of an action. Returns the time of the next one."""
        with self.store.lock:
            pipeline = self.store.pipelines.get(name)
            found = find_action(pipeline, action_id) if pipeline else None
            if pipeline is None or found is None or found[1]["status"] != "InProgress":
                self._runs.end_sessions(action_id)
                return None
            execution, record = found
            declared = action_of(stage_of(structure_of(pipeline, execution), record["stage"]), record["name"])
            run = self._runs.prepare(pipeline, execution, declared, record, self._note)
        deadline = record["started"] + timeout_of(declared)
        type_id = declared["actionTypeId"]
        if self.clock() >= deadline:
            outcome: Later | Done | ActionFailed = ActionFailed("Timeout", "the action did not end within its time-out")
        else:
            outcome = self._outcome(self._providers[type_id["category"], type_id["provider"]], run, execution, declared)
        with self.store.lock:
            self._note(record, run)
            if record["status"] != "InProgress":  # stopped or decided meanwhile
                self._runs.end_sessions(action_id)
                return None
            if isinstance(outcome, Later):
                return float(min(self.clock() + outcome.seconds, deadline))
            self._runs.end_sessions(action_id)
            self.finish(pipeline, execution, record, outcome)
        return None

    def _outcome(
        self, provider: Provider, run: Run, execution: Document, declared: Document
    ) -> Later | Done | ActionFailed:
        """Run a step. Every failure but the stop of the cloud is one of the action."""
        try:
            self._runs.fill_in(run, execution, declared)
            return provider.step(run)
        except ActionFailed as failed:
            return failed
        except (RoleRefused, PermissionError) as refused:
            return ActionFailed("PermissionError", str(refused))
        except Unresolved as unresolved:
            return ActionFailed("ConfigurationError", str(unresolved))
        except ClientError as error:
            denied = error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
            return ActionFailed("PermissionError" if denied else "ConfigurationError", str(error))
        except Stopping:
            raise
        except Exception as error:
            log.exception("the action %s failed unexpectedly", run.place)
            return ActionFailed("InternalError", f"{type(error).__name__}: {error}")

    def _note(self, record: Document, run: Run) -> None:
        """Copy what an action noted into its record."""
        with self.store.lock:
            record["work"].update(run.work)
            record["external"] = run.external
            record["resolved"] = dict(run.configuration)
            record["inputs"] = [{"name": name, **where} for name, where in run.inputs.items()]
            record["outputs"] = [{"name": name, **where} for name, where in run.outputs.items()]
            self.store.changed()


def last_success(pipeline: Document, failed: Document, stage: str) -> Document | None:
    """The newest other execution of the present structure that succeeded in a stage and was no rollback."""
    for execution in reversed(list(pipeline["executions"].values())):
        same = execution["version"] == pipeline["version"] and execution["type"] == "STANDARD"
        succeeded = execution["stages"].get(stage, {}).get("status") == "Succeeded"
        if same and succeeded and execution["id"] != failed["id"]:
            found: Document = execution
            return found
    return None
