"""Task states: scheduling a call, its outcome or the reply of the token's holder, time-outs, Retry and Catch."""

from dataclasses import dataclass

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions import history, retrying
from tools.local.aws.stepfunctions.definition import LONGEST
from tools.local.aws.stepfunctions.moves import LIMIT, Moves
from tools.local.aws.stepfunctions.values import StateFailed


@dataclass(frozen=True)
class Call:
    """A function to invoke for the task."""

    id: str
    arguments: Document


class Tasks(Moves):
    """The phases of a task: new, called (its function runs), token (its token is awaited), ended, retry."""

    def _task_state(self, state: Document, declared: Document) -> Call | float | None:
        if state["phase"] == "retry":
            if self._tools.clock() < state["until"]:
                return float(state["until"])
            self._time.go_on()
            state["phase"] = "new"
        if state["phase"] == "new":
            self._schedule(state, declared)
        if state["phase"] == "ended":
            self._finish(state, declared)
            return None
        due, error = self._task_deadline(state)
        if self._tools.clock() >= due:
            self._time.go_on()
            state["call"] = ""
            raise StateFailed(error, f"The task did not end within {state['limit']} s", "timeout")
        return Call(state["call"], state["arguments"]) if state["phase"] == "called" else due

    def _schedule(self, state: Document, declared: Document) -> None:
        if self._waits_for_token():
            state["token"] = self._tools.new_token(self._execution)
        try:
            limit = self._values.whole(declared.get("TimeoutSeconds", LONGEST), "TimeoutSeconds", 1)
            beat = self._values.whole(declared.get("HeartbeatSeconds", 0), "HeartbeatSeconds", 0)
            arguments = self._values.evaluate(declared["Arguments"], "Arguments")
        except StateFailed:
            state["token"] = ""
            raise
        if history.size(arguments) > LIMIT:
            raise StateFailed("States.DataLimitExceeded", f"The arguments have more than {LIMIT} bytes.")
        state.update(
            phase="called",
            arguments=arguments,
            limit=limit,
            heartbeat=beat,
            call=self._tools.new_id(),
            scheduled=self._time.elapsed(),
            reply=None,
        )
        self._add(
            "TaskScheduled",
            **self._resource(),
            region=self._tools.region,
            parameters=history.to_text(arguments),
            timeoutInSeconds=limit if "TimeoutSeconds" in declared else None,
            heartbeatInSeconds=beat or None,
        )
        self._add("TaskStarted", **self._resource())

    def _task_ended(self, reply: Document) -> None:
        state = self._execution["state"]
        state["phase"], state["reply"] = "ended", reply

    def _finish(self, state: Document, declared: Document) -> None:
        reply = state["reply"]
        if "result" not in reply:
            raise StateFailed(reply["error"] or "", reply["cause"] or "", "task")
        result = reply["result"]
        if history.size(result) > LIMIT:
            text = f"The task returned a result of more than {LIMIT} bytes."
            raise StateFailed("States.DataLimitExceeded", text)
        if not state.get("succeeded"):
            state["succeeded"] = True
            self._add("TaskSucceeded", **self._resource(), output=history.to_text(result))
        self._leave(declared, result, result=result)

    def _task_time(self) -> float:
        """The seconds of AWS's time since the task was scheduled."""
        return self._time.elapsed() - float(self._execution["state"]["scheduled"])

    def _task_deadline(self, state: Document) -> tuple[float, str]:
        """When the task times out at its present speed of time, and with which error."""
        spent = self._task_time()
        due, error = self._time.due(state["limit"], spent), retrying.TIMEOUT
        if state["phase"] == "token" and state["heartbeat"]:
            # Counted from the return of the function: the page "Invoke an AWS Lambda function with Step Functions".
            beat = self._time.due(state["heartbeat"], spent - state["beat"])
            if beat < due:
                due, error = beat, retrying.HEARTBEAT
        return due, error

    def _failed(self, failed: StateFailed) -> None:
        """Retry, catch, or end the execution."""
        state = self._execution["state"]
        name, declared = state["name"], self._definition["States"][state["name"]]
        self._tell_failure(failed)
        if declared["Type"] != "Task":
            text = f"An error occurred while executing the state '{name}'. {failed.cause}"
            self._fail(failed.error, text)
            return
        index = retrying.first_match(failed.error, declared.get("Retry", []))
        if index is not None:
            earlier = state["retries"].get(str(index), 0)
            seconds = retrying.delay(declared["Retry"][index], earlier, self._tools.chance)
            if seconds is not None:
                state["retries"][str(index)] = earlier + 1
                state.update(
                    phase="retry", until=self._tools.clock() + self._tools.pace.wait(seconds), token="", succeeded=False
                )
                self._time.wait()
                return
        index = retrying.first_match(failed.error, declared.get("Catch", []))
        if index is None:
            self._fail(failed.error, failed.cause)
            return
        output = {"Error": failed.error, "Cause": failed.cause}
        try:
            self._leave(declared["Catch"][index], output, errorOutput=output)
        except StateFailed as again:
            self._tell_failure(again)
            self._fail(again.error, again.cause)

    def _tell_failure(self, failed: StateFailed) -> None:
        if failed.place == "timeout":
            self._add("TaskTimedOut", **self._resource(), error=failed.error, cause=None)
        elif failed.place == "task":
            self._add("TaskFailed", **self._resource(), error=failed.error or None, cause=failed.cause or None)
        elif failed.place:
            details = {"error": failed.error, "cause": failed.cause, "location": failed.place}
            self._add("EvaluationFailed", **details, state=self._execution["state"]["name"])
