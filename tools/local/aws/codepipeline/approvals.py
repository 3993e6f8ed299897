"""Decisions from outside about running actions: approvals, and the results of Lambda jobs."""

from collections.abc import Callable

from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.progress import find_action
from tools.local.aws.codepipeline.providers import ActionFailed, Done
from tools.local.aws.codepipeline.records import current_actions, structure_of
from tools.local.aws.codepipeline.structure import action_of, stage_of
from tools.local.aws.json_api import ApiError, Document


class Approvals:
    """PutApprovalResult, PutJobSuccessResult, PutJobFailureResult. Call them with the lock of the store."""

    def __init__(self, executor: Executor, caller: Callable[[], str]) -> None:
        self._executor, self._store, self._caller = executor, executor.store, caller

    def put_approval_result(self, request: Document) -> Document:
        pipeline = self._store.pipeline(request["pipelineName"])
        stage = stage_of(structure_of(pipeline), request["stageName"])
        action_of(stage, request["actionName"])
        execution = pipeline["executions"].get(pipeline["latest"].get(stage["name"], ""))
        record = current_actions(execution, stage["name"]).get(request["actionName"]) if execution else None
        if execution is None or record is None or record["work"].get("token") != request["token"]:
            raise ApiError("InvalidApprovalTokenException", "The approval token is not valid")
        if record["status"] != "InProgress":
            raise ApiError("ApprovalAlreadyCompletedException", "The approval was decided already")
        decision, caller = request["result"], self._caller()
        record["by"] = caller
        if decision["status"] == "Approved":
            self._executor.finish(pipeline, execution, record, Done(decision["summary"]))
        else:
            record["summary"] = decision["summary"]
            failed = ActionFailed("JobFailed", f"Rejected by {caller}: {decision['summary']}".strip())
            self._executor.finish(pipeline, execution, record, failed)
        self._executor.wake(pipeline["name"], record["id"])
        return {"approvedAt": self._executor.clock()}

    def put_job_success_result(self, request: Document) -> None:
        if request.get("continuationToken"):
            raise ApiError("ValidationException", "the local cloud does not know continuationToken")
        summary = (request.get("executionDetails") or {}).get("summary", "")
        self._job(request["jobId"], {"summary": summary, "variables": request.get("outputVariables") or {}})

    def put_job_failure_result(self, request: Document) -> None:
        self._job(request["jobId"], {"failure": request["failureDetails"]["message"]})

    def _job(self, job_id: str, result: Document) -> None:
        for pipeline in self._store.pipelines.values():
            found = find_action(pipeline, job_id)
            if found is None:
                continue
            _, record = found
            if record["status"] != "InProgress":
                raise ApiError("InvalidJobStateException", f"The job {job_id} is {record['status']}")
            record["work"]["result"] = result
            record["by"] = self._caller()
            self._executor.wake(pipeline["name"], job_id)
            return
        raise ApiError("JobNotFoundException", f"There is no job {job_id}")
