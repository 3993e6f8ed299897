"""Runs the executions: applies `Progress` to the records, and has functions invoked by jobs of the driver."""

import json
import random
from collections.abc import Callable
from typing import Any, Protocol

from tools.local.aws.json_api import ApiError, Document
from tools.local.aws.stepfunctions import records
from tools.local.aws.stepfunctions.history import to_text
from tools.local.aws.stepfunctions.moves import LIMIT, Tools
from tools.local.aws.stepfunctions.progress import Progress
from tools.local.aws.stepfunctions.records import Store
from tools.local.aws.stepfunctions.tasks import Call
from tools.local.aws.stepfunctions.tokens import Tokens
from tools.local.delivery.driver import Step
from tools.local.delivery.model import Pace
from tools.local.home import REGION

AT_ONCE = 4
"""Calls of one function by executions at the same time: as many as it has environments."""
_EXECUTIONS = "executions"


class Jobs(Protocol):
    """The part of `delivery.driver.Driver` that is used."""

    def submit(self, key: str, lane: str, step: Step, *, limit: int = 1, at: float | None = None) -> None: ...


class Busy(Exception):
    """The function has no free environment: the call was not made, and is made later."""


class TaskFailed(Exception):
    """A call failed: the error's name, and its cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error, self.cause = error, cause


class Functions(Protocol):
    """Lambda, with the rights of the machine's role."""

    def arn_of(self, arguments: Document) -> str:
        """The ARN that FunctionName and Qualifier name. Raises TaskFailed."""
        ...

    def invoke(self, execution: Document, arguments: Document) -> Document:
        """The result of the task. Raises TaskFailed or Busy."""
        ...


SendEvent = Callable[[Document], None]
"""Report the present status of an execution."""


class Executor:
    """All executions of a store."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        functions: Functions,
        send_event: SendEvent,
        clock: Callable[[], float],
        pace: Pace,
        new_id: Callable[[], str],
        tokens: Tokens | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self.tokens = tokens or Tokens(store)
        self._jobs, self._functions, self._send_event = jobs, functions, send_event
        self._tools = Tools(clock, pace, new_id, self.tokens.new, REGION, chance)

    def resume(self) -> None:
        """Go on with the executions that ran when the cloud stopped. Call it when the state has been loaded."""
        with self.store.lock:
            for execution in self.store.running.values():
                self._progress(execution).resume()
                self.wake(execution["arn"])

    def start(self, machine: Document, name: str, text: str) -> Document:
        """Start an execution. Call it with the lock. Raises ApiError.

        The same name with the same input answers the execution that runs already.
        """
        arn = records.execution_arn(machine["arn"], name)
        known = self.store.running.get(arn)
        if known is not None and known["input_text"] == text:
            return known
        if known is not None or self.store.name_is_used(arn):
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        execution: Document = {
            "arn": arn,
            "uid": self.new_id().replace("-", ""),
            "machine": machine["arn"],
            "name": name,
            "definition": machine["definition"],
            "revision": machine["revision"],
            "role": machine["role"],
            "status": "RUNNING",
            "started": self.clock(),
            "stopped": None,
            "input_text": text,
            "input": json.loads(text),
            "output": None,
            "error": None,
            "cause": None,
            "variables": {},
            "state": None,
            "waiting": None,
            "gained": 0.0,
            "events": [],
        }
        self.store.running[arn] = execution
        self._progress(execution).begin()
        self.store.changed()
        self._send_event(execution)
        self.wake(arn)
        return execution

    def abort(self, execution: Document, error: str | None, cause: str | None) -> None:
        self._progress(execution).abort(error, cause)
        self._ended(execution)

    def report(self, execution: Document, reply: Document) -> None:
        """A reply of the holder of the present task's token."""
        self._progress(execution).report(reply)
        self.store.changed()
        self.wake(execution["arn"])

    def beat(self, execution: Document) -> None:
        self._progress(execution).beat()
        self.store.changed()
        self.wake(execution["arn"])

    def wake(self, arn: str) -> None:
        """Have the next step of an execution run now."""
        self._jobs.submit(f"execution {arn}", _EXECUTIONS, lambda: self._step(arn), limit=AT_ONCE)

    def _progress(self, execution: Document) -> Progress:
        self.store.touch(execution["arn"])
        return Progress(execution, self.store.definition(execution["definition"]), self._tools)

    def _ended(self, execution: Document) -> None:
        self.store.end(execution)
        self.store.changed()
        self._send_event(execution)

    # --- jobs ---

    def _step(self, arn: str) -> float | None:
        """Let an execution go on. Returns the time of the next step."""
        with self.store.lock:
            execution = self.store.running.get(arn)
            if execution is None:
                return None
            pause = self._progress(execution).advance()
            if execution["status"] != "RUNNING":
                self._ended(execution)
                return None
            self.store.changed()
            if isinstance(pause, Call):
                return self._call(execution, pause)
            return pause

    def _call(self, execution: Document, call: Call) -> float:
        """Have a function invoked beside the execution, which goes on when the task times out before it returns."""
        arn = execution["arn"]
        try:
            lane = f"states {self._functions.arn_of(call.arguments)}"
        except TaskFailed as failed:
            self._progress(execution).returned(call.id, None, failed.error, failed.cause)
            return self.clock()
        self._jobs.submit(f"task {call.id}", lane, lambda: self._invoke(arn, call), limit=AT_ONCE)
        return self._progress(execution).task_deadline()

    def _invoke(self, arn: str, call: Call) -> float | None:
        with self.store.lock:
            execution = self.store.running.get(arn)
            if execution is None or not self._progress(execution).wanted(call.id):
                return None
            role: Document = {"role": execution["role"], "arn": arn, "name": execution["name"]}
        result: Document | None = None
        error = cause = ""
        try:
            result = self._functions.invoke(role, call.arguments)
        except Busy:
            return self.clock() + 1
        except TaskFailed as failed:
            error, cause = failed.error, failed.cause
        with self.store.lock:
            execution = self.store.running.get(arn)
            if execution is not None:
                self._progress(execution).returned(call.id, result, error, cause)
                self.store.changed()
        self.wake(arn)
        return None


def checked_input(text: str, code: str, what: str) -> Any:
    """The JSON of a request's text. Raises ApiError with `code` when it is none, or too large."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        raise ApiError(
            "ValidationException",
            f"1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must have length less"
            f" than or equal to {LIMIT}",
        )
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(code, f"{code}: the {what} is not JSON: {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def status_detail(execution: Document) -> Document:
    """The detail of the event *Step Functions Execution Status Change*.

    Step Functions Developer Guide: *Automating Step Functions event delivery with EventBridge*.
    """
    return {
        "executionArn": execution["arn"],
        "stateMachineArn": execution["machine"],
        "name": execution["name"],
        "status": execution["status"],
        "startDate": int(execution["started"] * 1000),
        "stopDate": None if execution["stopped"] is None else int(execution["stopped"] * 1000),
        **_unless_large("input", to_text(execution["input"])),
        **_unless_large("output", execution["output"]),
        "error": execution["error"],
        "cause": execution["cause"],
    }


def _unless_large(name: str, text: str | None) -> Document:
    """A text of at most 248 KiB, as it is escaped in the event."""
    fits = text is None or len(json.dumps(text)) <= 248 * 1024
    return {name: text if fits else None, f"{name}Details": None if text is None else {"included": fits}}
