"""One execution: what its state machine does next. No thread, no call, no AWS.

`advance` goes as far as it can without a call, a wait or a token. The execution is a plain JSON record (`records.py`),
so it can be saved between any two steps and goes on after a restart.

How time passes: `aws_time.py`.
"""

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions import history
from tools.local.aws.stepfunctions.definition import LONGEST
from tools.local.aws.stepfunctions.tasks import Call, Tasks
from tools.local.aws.stepfunctions.values import QUERY_ERROR, StateFailed

A_YEAR = 31_536_000
"""The longest execution, in seconds."""
STEPS_AT_ONCE = 50
"""The most steps before other executions, and requests of the API, get their turn."""


class Progress(Tasks):
    """Hold the store's lock during a call of any method."""

    def begin(self) -> None:
        self._add("ExecutionStarted", input=self._execution["input_text"], roleArn=self._execution["role"])
        self._execution["next"] = {"name": self._definition["StartAt"], "input": self._execution["input"]}

    def advance(self) -> Call | float | None:
        """Go on. Returns the call that is needed, or the time to look again, or None when the execution has ended."""
        for _ in range(STEPS_AT_ONCE):
            if self._execution["status"] != "RUNNING":
                return None
            if self._tools.clock() >= self._deadline():
                self._time.go_on()
                self._end("TIMED_OUT", "ExecutionTimedOut", {})
                return None
            if len(self._execution["events"]) >= history.MAX_EVENTS - 1:
                text = f"The execution reached the maximum number of history events ({history.MAX_EVENTS})."
                self._fail("States.Runtime", text)
                return None
            try:
                pause = self._step()
            except StateFailed as failed:
                self._failed(failed)
                continue
            if isinstance(pause, float):
                return min(pause, self._deadline())  # a wait that begins brings it closer
            if pause is not None:
                return pause
        return self._tools.clock()

    def task_deadline(self) -> float:
        """When to look again while the task's function runs."""
        return min(self._task_deadline(self._execution["state"])[0], self._deadline())

    # --- what happens from outside ---

    def wanted(self, call_id: str) -> bool:
        """Whether the task still waits for this call."""
        state = self._execution["state"]
        return self._execution["status"] == "RUNNING" and bool(state) and state.get("call") == call_id

    def returned(self, call_id: str, result: Document | None, error: str = "", cause: str = "") -> None:
        """The outcome of a call: a result, or an error."""
        if not self.wanted(call_id):
            return  # the task was timed out, completed by its token, or aborted meanwhile
        state = self._execution["state"]
        state["call"] = ""
        if result is None:
            self._task_ended({"error": error, "cause": cause})
        elif self._waits_for_token():
            self._add("TaskSubmitted", **self._resource(), output=history.to_text(result))
            state["phase"] = "token"
            state["beat"] = self._task_time()
            self._time.wait()
        else:
            self._task_ended({"result": result})

    def report(self, reply: Document) -> None:
        """The reply of the holder of the task's token: `result`, or `error` and `cause`."""
        self._execution["state"]["call"] = ""
        self._time.go_on()
        self._task_ended(reply)

    def beat(self) -> None:
        """A heartbeat of the holder of the token."""
        self._execution["state"]["beat"] = self._task_time()

    def resume(self) -> None:
        """Go on after a restart of the cloud: a call that was interrupted is made again, with the whole time for it."""
        state = self._execution["state"]
        if state and state["phase"] == "called":
            state["scheduled"] = self._time.elapsed()

    def abort(self, error: str | None, cause: str | None) -> None:
        self._end("ABORTED", "ExecutionAborted", {"error": error, "cause": cause})

    # --- the states ---

    def _step(self) -> Call | float | None:
        """One step of the present state: a pause, or None when there is more to do at once."""
        if self._execution["state"] is None:
            self._enter()
            return None
        state = self._execution["state"]
        declared: Document = self._definition["States"][state["name"]]
        step = {"Task": self._task_state, "Wait": self._wait_state, "Choice": self._choice}.get(declared["Type"])
        if step is not None:
            return step(state, declared)
        if declared["Type"] == "Fail":
            self._fail(*(self._values.text(declared.get(name), name) for name in ("Error", "Cause")))
        else:
            self._leave(declared, state["input"])
        return None

    def _enter(self) -> None:
        waiting = self._execution.pop("next")
        kind = self._definition["States"][waiting["name"]]["Type"]
        self._execution["state"] = {
            "name": waiting["name"],
            "input": waiting["input"],
            "entered": self._tools.clock(),
            "phase": "new",
            "retries": {},
        }
        self._add(f"{kind}StateEntered", name=waiting["name"], input=history.to_text(waiting["input"]))

    def _choice(self, _state: Document, declared: Document) -> None:
        for index, rule in enumerate(declared["Choices"]):
            holds = self._values.evaluate(rule["Condition"], f"Choices[{index}]/Condition")
            if not isinstance(holds, bool):
                text = f"The condition of rule {index} returned {history.to_text(holds)}, which is not true or false."
                raise StateFailed(QUERY_ERROR, text, f"Choices[{index}]/Condition")
            if holds:
                self._leave(rule, self._execution["state"]["input"])
                return
        if "Default" not in declared:
            raise StateFailed("States.NoChoiceMatched", "No choice rule was matched, and there is no Default")
        self._leave({**declared, "Next": declared["Default"]}, self._execution["state"]["input"])

    def _wait_state(self, state: Document, declared: Document) -> float | None:
        if state["phase"] == "new":
            now = self._tools.clock()
            if "Seconds" in declared:
                seconds = float(self._values.whole(declared["Seconds"], "Seconds", 0))
            else:
                seconds = max(0.0, self._values.timestamp(declared["Timestamp"]) - now)
            state["phase"], state["until"] = "waiting", now + self._tools.pace.wait(seconds)
            self._time.wait()
        if self._tools.clock() < state["until"]:
            return float(state["until"])
        self._time.go_on()
        self._leave(declared, state["input"])
        return None

    def _deadline(self) -> float:
        """When the whole execution times out, if time goes on passing as now."""
        return self._time.due(min(self._definition.get("TimeoutSeconds", LONGEST), A_YEAR), self._time.elapsed())
