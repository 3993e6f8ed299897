"""The values of a state's fields: expressions, evaluated with the state's input, variables and the context object."""

from datetime import datetime
from typing import Any

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions.definition import LONGEST
from tools.local.aws.stepfunctions.expressions import ExpressionError, evaluate
from tools.local.aws.stepfunctions.history import to_text
from tools.local.delivery.model import iso

QUERY_ERROR = "States.QueryEvaluationError"


class StateFailed(Exception):
    """A state fails: the error's name, its cause, and the field or the call that failed."""

    def __init__(self, error: str, cause: str, place: str = "") -> None:
        super().__init__(cause)
        self.error, self.cause, self.place = error, cause, place


class Values:
    """The fields of the present state of one execution. Every method raises StateFailed."""

    def __init__(self, execution: Document) -> None:
        self._execution = execution

    def evaluate(self, value: Any, place: str, **more: Any) -> Any:
        """`more` are further fields of `$states`: result, errorOutput."""
        states = {"input": self._execution["state"]["input"], "context": self._context(), **more}
        try:
            return evaluate(value, self._execution["variables"], states)
        except ExpressionError as wrong:
            raise StateFailed(QUERY_ERROR, str(wrong), place) from None

    def whole(self, value: Any, name: str, least: int) -> int:
        found = self.evaluate(value, name)
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= LONGEST:
            text = f"The field '{name}' must be a whole number from {least} to {LONGEST}, not {to_text(found)}"
            raise StateFailed(QUERY_ERROR, text, name)
        return found

    def text(self, value: Any, name: str) -> str:
        found = "" if value is None else self.evaluate(value, name)
        if not isinstance(found, str):
            raise StateFailed(QUERY_ERROR, f"The field '{name}' must be a string, not {to_text(found)}", name)
        return found

    def timestamp(self, value: Any) -> float:
        text, found = self.text(value, "Timestamp"), None
        if "T" in text:
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                found = None
        if found is None or found.tzinfo is None:
            reason = f"The field 'Timestamp' must be a time such as 2016-03-14T01:59:00Z, not {text}"
            raise StateFailed(QUERY_ERROR, reason, "Timestamp")
        return found.timestamp()

    def _context(self) -> Document:
        """The page *Accessing execution data from the Context object in Step Functions*."""
        execution, state = self._execution, self._execution["state"]
        context: Document = {
            "Execution": {
                "Id": execution["arn"],
                "Input": execution["input"],
                "Name": execution["name"],
                "RoleArn": execution["role"],
                "StartTime": iso(execution["started"]),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": execution["machine"], "Name": execution["machine"].rpartition(":")[2]},
            "State": {
                "Name": state["name"],
                "EnteredTime": iso(state["entered"]),
                "RetryCount": sum(state["retries"].values()),
            },
        }
        if state.get("token"):
            context["Task"] = {"Token": state["token"]}
        return context
