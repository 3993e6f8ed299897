"""The API of CodePipeline. Pipelines are created through CloudFormation."""

import json
from collections.abc import Callable

from tools.local.aws.codepipeline.approvals import Approvals
from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.records import UNFINISHED, pipeline_arn, stage_names, stage_record, structure_of
from tools.local.aws.codepipeline.starts import start_execution
from tools.local.aws.codepipeline.structure import stage_of
from tools.local.aws.codepipeline.views import action_details, execution_summary, execution_view, pipeline_state
from tools.local.aws.json_api import ApiError, Document, JsonService, page
from tools.local.engine.own_services import Asked

TARGET = "CodePipeline_20150709"
_PAGE = 100


def arn_of_request(asked: Asked) -> str:
    """The resource that IAM checks: the pipeline, or its stage or action. The page "Actions, resources, and condition
    keys for AWS CodePipeline" of the Service Authorization Reference."""
    operation = asked.target.rpartition(".")[2]
    try:
        request = json.loads(asked.body or b"{}")
    except ValueError:
        return "*"
    name = (request.get("pipelineName") or request.get("name")) if isinstance(request, dict) else None
    if not isinstance(name, str):
        return "*"
    arn = pipeline_arn(name)
    if operation in ("EnableStageTransition", "DisableStageTransition", "RetryStageExecution", "RollbackStage"):
        return f"{arn}/{request.get('stageName')}"
    if operation == "PutApprovalResult":
        return f"{arn}/{request.get('stageName')}/{request.get('actionName')}"
    return arn


class CodePipelineService(JsonService):
    """A service of the engine; see `engine/own_services.py`."""

    def __init__(self, executor: Executor, caller: Callable[[], str]) -> None:
        self._executor, self._store, self._caller = executor, executor.store, caller
        store = self._store
        self.get_state, self.reset = store.get_state, store.reset
        self.load_persisted_state = store.load_persisted_state
        approvals = Approvals(executor, caller)
        operations: dict[str, Callable[[Document], Document | None]] = {
            "GetPipeline": self._get_pipeline,
            "ListPipelines": self._list_pipelines,
            "GetPipelineState": self._get_pipeline_state,
            "ListPipelineExecutions": self._list_pipeline_executions,
            "GetPipelineExecution": self._get_pipeline_execution,
            "ListActionExecutions": self._list_action_executions,
            "StartPipelineExecution": lambda request: start_execution(executor, request, caller()),
            "StopPipelineExecution": self._stop_pipeline_execution,
            "RetryStageExecution": self._retry_stage_execution,
            "RollbackStage": self._rollback_stage,
            "EnableStageTransition": self._enable_stage_transition,
            "DisableStageTransition": self._disable_stage_transition,
            "PutApprovalResult": approvals.put_approval_result,
            "PutJobSuccessResult": approvals.put_job_success_result,
            "PutJobFailureResult": approvals.put_job_failure_result,
        }
        locked = {name: self._locked(operation) for name, operation in operations.items()}
        super().__init__("codepipeline", locked, "ValidationException")

    def _locked(self, operation: Callable[[Document], Document | None]) -> Callable[[Document], Document | None]:
        def run(request: Document) -> Document | None:
            with self._store.lock:
                return operation(request)

        return run

    # --- reading ---

    def _get_pipeline(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["name"])
        version = str(request.get("version", pipeline["version"]))
        if version not in pipeline["structures"]:
            raise ApiError("PipelineVersionNotFoundException", f"Pipeline {pipeline['name']} has no version {version}")
        return {
            "pipeline": pipeline["structures"][version],
            "metadata": {
                "pipelineArn": pipeline_arn(pipeline["name"]),
                "created": pipeline["created"],
                "updated": pipeline["updated"],
            },
        }

    def _list_pipelines(self, request: Document) -> Document:
        shown, more = page(sorted(self._store.pipelines.values(), key=lambda one: one["name"]), request, _PAGE)
        summaries = [
            {
                "name": one["name"],
                "version": one["version"],
                "pipelineType": structure_of(one)["pipelineType"],
                "executionMode": structure_of(one)["executionMode"],
                "created": one["created"],
                "updated": one["updated"],
            }
            for one in shown
        ]
        return {"pipelines": summaries, **more}

    def _get_pipeline_state(self, request: Document) -> Document:
        return pipeline_state(self._store.pipeline(request["name"]))

    def _list_pipeline_executions(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        newest_first = list(reversed(pipeline["executions"].values()))
        wanted = ((request.get("filter") or {}).get("succeededInStage") or {}).get("stageName")
        if wanted:  # page SucceededInStageFilter: in the current version of the pipeline
            newest_first = [
                one
                for one in newest_first
                if one["version"] == pipeline["version"] and one["stages"].get(wanted, {}).get("status") == "Succeeded"
            ]
        shown, more = page(newest_first, request, _PAGE)
        return {"pipelineExecutionSummaries": [execution_summary(one) for one in shown], **more}

    def _get_pipeline_execution(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        execution = self._store.execution(pipeline, request["pipelineExecutionId"])
        return {"pipelineExecution": execution_view(pipeline, execution)}

    def _list_action_executions(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        asked = request.get("filter") or {}
        only = asked.get("pipelineExecutionId") or (asked.get("latestInPipelineExecution") or {}).get(
            "pipelineExecutionId", ""
        )
        if only:
            self._store.execution(pipeline, only)
        shown, more = page(action_details(pipeline, only), request, _PAGE)
        return {"actionExecutionDetails": shown, **more}

    # --- changing ---

    def _stop_pipeline_execution(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        execution = self._store.execution(pipeline, request["pipelineExecutionId"])
        abandon = bool(request.get("abandon"))
        if execution["status"] not in UNFINISHED:
            raise ApiError(
                "PipelineExecutionNotStoppableException",
                f"The execution {execution['id']} is {execution['status']} and cannot be stopped",
            )
        if execution["status"] == "Stopping" and not abandon:
            raise ApiError(
                "DuplicatedStopRequestException", f"The execution {execution['id']} is being stopped already"
            )
        self._executor.stop(pipeline, execution, request.get("reason", ""), abandon=abandon)
        return {"pipelineExecutionId": execution["id"]}

    def _retry_stage_execution(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        stage = stage_of(structure_of(pipeline), request["stageName"])["name"]
        execution = self._store.execution(pipeline, request["pipelineExecutionId"])
        if pipeline["latest"].get(stage) != execution["id"]:
            raise ApiError(
                "NotLatestPipelineExecutionException",
                f"The execution {execution['id']} is not the latest one of stage {stage}",
            )
        if execution["version"] != pipeline["version"]:
            raise ApiError(
                "StageNotRetryableException",
                "The pipeline structure was changed after the execution; a stage of an older version cannot be retried",
            )
        if execution["status"] not in ("Failed", "Stopped") or stage_record(execution, stage)["status"] not in (
            "Failed",
            "Stopped",
        ):
            raise ApiError("StageNotRetryableException", f"Stage {stage} of {execution['id']} did not fail")
        self._executor.retry(pipeline, execution, stage, request["retryMode"])
        return {"pipelineExecutionId": execution["id"]}

    def _rollback_stage(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        stage = stage_of(structure_of(pipeline), request["stageName"])["name"]
        target = self._store.execution(pipeline, request["targetPipelineExecutionId"])
        problem = ""
        if stage == stage_names(structure_of(pipeline))[0]:
            problem = "a source stage cannot be rolled back"
        elif target["type"] == "ROLLBACK":
            problem = f"{target['id']} is a rollback itself"
        elif target["version"] != pipeline["version"]:
            versions = f"version {target['version']} of the structure, which is now {pipeline['version']}"
            problem = f"{target['id']} was started with {versions}"
        elif target["stages"].get(stage, {}).get("status") != "Succeeded":
            problem = f"{target['id']} did not succeed in stage {stage}"
        if problem:
            raise ApiError("UnableToRollbackStageException", f"Stage {stage} cannot be rolled back: {problem}")
        if self._executor.occupant(pipeline, stage):
            raise ApiError(
                "ConflictException", f"Stage {stage} is busy; it can be rolled back when its execution ended"
            )
        trigger = {"triggerType": "ManualRollback", "triggerDetail": self._caller()}
        return {"pipelineExecutionId": self._executor.roll_back(pipeline, stage, target, trigger)["id"]}

    def _enable_stage_transition(self, request: Document) -> None:
        pipeline = self._inbound(request)
        pipeline["disabled"].pop(request["stageName"], None)
        self._executor.advance(pipeline)

    def _disable_stage_transition(self, request: Document) -> None:
        pipeline = self._inbound(request)
        pipeline["disabled"][request["stageName"]] = {
            "reason": request["reason"],
            "by": self._caller(),
            "at": self._executor.clock(),
        }
        self._store.changed()

    def _inbound(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        stage = stage_of(structure_of(pipeline), request["stageName"])["name"]
        if request["transitionType"] != "Inbound":
            raise ApiError("ValidationException", "the local cloud knows the transition type Inbound only")
        if stage == stage_names(structure_of(pipeline))[0]:
            raise ApiError("ValidationException", f"stage {stage} has no inbound transition")
        return pipeline
