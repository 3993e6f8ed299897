"""The API of Step Functions for the machines and executions of this package."""

from collections.abc import Callable
from typing import Any

from tools.local.aws.json_api import ApiError, Document, JsonService, page
from tools.local.aws.stepfunctions import history
from tools.local.aws.stepfunctions.executor import Executor, checked_input
from tools.local.aws.stepfunctions.machines import Machines, check_definition
from tools.local.aws.stepfunctions.records import NAME
from tools.local.aws.stepfunctions.views import execution_summary, execution_view, machine_summary, machine_view

TARGET = "AWSStepFunctions"
_PAGE = 100


class StepFunctionsService(JsonService):
    """The operations on what this package runs."""

    def __init__(self, executor: Executor, machines: Machines) -> None:
        self.executor, self.store, self.machines = executor, executor.store, machines
        operations: dict[str, Callable[[Document], Document | None]] = {
            "CreateStateMachine": self._create,
            "UpdateStateMachine": self._update,
            "DeleteStateMachine": lambda request: self.store.delete_machine(request["stateMachineArn"]),
            "DescribeStateMachine": lambda request: machine_view(self.store, self._machine(request)),
            "DescribeStateMachineForExecution": self._describe_for_execution,
            "ListStateMachines": lambda _request: {
                "stateMachines": [machine_summary(one) for one in self.store.machines.values()]
            },
            "ValidateStateMachineDefinition": self._validate,
            "StartExecution": self._start,
            "StopExecution": self._stop,
            "DescribeExecution": lambda request: execution_view(self.store.execution(request["executionArn"])),
            "ListExecutions": self._list_executions,
            "GetExecutionHistory": self._history,
            "SendTaskSuccess": self._success,
            "SendTaskFailure": self._failure,
            "SendTaskHeartbeat": self._heartbeat,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": lambda request: {"tags": tag_list(self.store.machine(request["resourceArn"]))},
        }
        locked = {name: self._locked(operation) for name, operation in operations.items()}
        super().__init__("stepfunctions", locked, "ValidationException")

    def _locked(self, operation: Callable[[Document], Document | None]) -> Callable[[Document], Document | None]:
        def run(request: Document) -> Document | None:
            with self.store.lock:
                return operation(request)

        return run

    def _machine(self, request: Document) -> Document:
        return self.store.machine(request["stateMachineArn"])

    # --- machines ---

    def _create(self, request: Document) -> Document:
        machine = self.machines.create(request)
        return {"stateMachineArn": machine["arn"], "creationDate": machine["created"]}

    def _update(self, request: Document) -> Document:
        machine = self.machines.update(self._machine(request), request)
        return {"updateDate": machine["updated"], "revisionId": machine["revision"]}

    def _validate(self, request: Document) -> Document:
        try:
            check_definition(request["definition"])
        except ApiError as error:
            found = {"severity": "ERROR", "code": error.code, "message": str(error)}
            return {"result": "FAIL", "diagnostics": [found], "truncated": False}
        return {"result": "OK", "diagnostics": [], "truncated": False}

    def _describe_for_execution(self, request: Document) -> Document:
        execution = self.store.execution(request["executionArn"])
        machine = self.store.machine(execution["machine"])
        return {
            "stateMachineArn": machine["arn"],
            "name": machine["name"],
            "definition": self.store.definition_text(execution["definition"]),
            "roleArn": execution["role"],
            "updateDate": machine["updated"],
            "loggingConfiguration": machine["logging"],
            "tracingConfiguration": machine["tracing"],
            "revisionId": execution["revision"],
        }

    def _tag(self, request: Document) -> None:
        tags = self.store.machine(request["resourceArn"])["tags"]
        tags.update({one["key"]: one["value"] for one in request["tags"]})
        if len(tags) > 50:
            raise ApiError("TooManyTags", "a state machine has at most 50 tags")
        self.store.changed()

    def _untag(self, request: Document) -> None:
        tags = self.store.machine(request["resourceArn"])["tags"]
        for key in request["tagKeys"]:
            tags.pop(key, None)
        self.store.changed()

    # --- executions ---

    def _start(self, request: Document) -> Document:
        machine, text = self._machine(request), request.get("input", "{}")
        name = request.get("name") or self.executor.new_id()
        if not NAME.fullmatch(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}'")
        checked_input(text, "InvalidExecutionInput", "input")
        execution = self.executor.start(machine, name, text)
        return {"executionArn": execution["arn"], "startDate": execution["started"]}

    def _stop(self, request: Document) -> Document:
        reason, execution = _reason(request), self.store.execution(request["executionArn"])
        if execution["status"] == "RUNNING":
            self.executor.abort(execution, **reason)
        elif execution["status"] != "ABORTED":
            raise ApiError("ValidationException", f"The execution is not running; it is {execution['status']}")
        return {"stopDate": execution["stopped"]}

    def _list_executions(self, request: Document) -> Document:
        if "stateMachineArn" not in request:
            raise ApiError("ValidationException", "stateMachineArn is required: map runs are not served here")
        machine, status = self._machine(request), request.get("statusFilter")
        found = [
            execution_summary(one)
            for one in self.store.executions_of(machine["arn"])
            if status in (None, one["status"])
        ]
        found.sort(key=lambda one: (one["startDate"], one["executionArn"]), reverse=True)
        executions, more = _page(found, request)
        return {"executions": executions, **more}

    def _history(self, request: Document) -> Document:
        events = list(self.store.execution(request["executionArn"])["events"])
        if request.get("reverseOrder"):
            events.reverse()
        with_data = request.get("includeExecutionData", True)
        shown, more = _page(events, request)
        return {"events": [history.shown(one, with_data=with_data) for one in shown], **more}

    # --- task tokens ---

    def _success(self, request: Document) -> None:
        result = checked_input(request["output"], "InvalidOutput", "output")
        self.executor.report(self.executor.tokens.execution_of(request["taskToken"]), {"result": result})

    def _failure(self, request: Document) -> None:
        reason = _reason(request)
        self.executor.report(self.executor.tokens.execution_of(request["taskToken"]), reason)

    def _heartbeat(self, request: Document) -> None:
        self.executor.beat(self.executor.tokens.execution_of(request["taskToken"]))


def _reason(request: Document) -> dict[str, str | None]:
    """Why a task fails or an execution is stopped. API Reference: *SendTaskFailure*, *StopExecution*."""
    reason = {"error": request.get("error"), "cause": request.get("cause")}
    for name, longest in (("error", 256), ("cause", 32_768)):
        if len(reason[name] or "") > longest:
            raise ApiError("ValidationException", f"{name} has more than {longest} characters")
    return reason


def tag_list(machine: Document) -> list[Document]:
    return [{"key": key, "value": value} for key, value in machine["tags"].items()]


def _page(items: list[Any], request: Document) -> tuple[list[Any], Document]:
    size = request.get("maxResults", 0)
    if not 0 <= size <= 1000:
        raise ApiError("ValidationException", "maxResults must be from 0 to 1000")
    try:
        return page(items, {**request, "maxResults": size or _PAGE}, _PAGE)
    except ApiError as error:
        raise ApiError("InvalidToken", f"Invalid Token: '{error}'") from None
