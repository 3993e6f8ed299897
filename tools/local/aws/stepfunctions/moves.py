"""Leaving a state, and ending an execution."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions import history
from tools.local.aws.stepfunctions.aws_time import AwsTime
from tools.local.aws.stepfunctions.definition import WAIT_FOR_TOKEN, Definition
from tools.local.aws.stepfunctions.values import StateFailed, Values
from tools.local.delivery.model import Pace

LIMIT = 262_144
"""The most bytes of an input, an output, a result, or all variables."""


@dataclass(frozen=True)
class Tools:
    """What an execution needs from its surroundings."""

    clock: Callable[[], float]
    pace: Pace
    new_id: Callable[[], str]
    new_token: Callable[[Document], str]
    region: str
    chance: Callable[[], float] = random.random
    """For retries with jitter."""


class Moves:
    """One execution, its definition, its clock and the values of its present state."""

    def __init__(self, execution: Document, definition: Definition, tools: Tools) -> None:
        self._execution, self._definition, self._tools = execution, definition, tools
        self._time = AwsTime(execution, tools.clock, tools.pace)
        self._values = Values(execution)

    def _leave(self, declared: Document, output: Any, **more: Any) -> None:
        """Assign variables, make the output, and go to the next state or end. Both see the values of before."""
        names = declared.get("Assign", {})
        assigned = {name: self._values.evaluate(value, f"Assign/{name}", **more) for name, value in names.items()}
        if "Output" in declared:
            output = self._values.evaluate(declared["Output"], "Output", **more)
        if history.size(output) > LIMIT:
            raise StateFailed("States.DataLimitExceeded", f"The output has more than {LIMIT} bytes.")
        variables = {**self._execution["variables"], **assigned}
        if history.size(variables) > LIMIT:
            raise StateFailed("States.DataLimitExceeded", f"The variables have more than {LIMIT} bytes.")
        state = self._execution["state"]
        kind = self._definition["States"][state["name"]]["Type"]
        self._add(
            f"{kind}StateExited",
            name=state["name"],
            output=history.to_text(output),
            assignedVariables={key: history.to_text(value) for key, value in assigned.items()} or None,
        )
        self._execution["variables"] = variables
        if "Next" in declared:
            self._execution["state"] = None
            self._execution["next"] = {"name": declared["Next"], "input": output}
            return
        self._execution["output"] = history.to_text(output)
        self._end("SUCCEEDED", "ExecutionSucceeded", {"output": self._execution["output"]})

    def _fail(self, error: str, cause: str) -> None:
        self._end("FAILED", "ExecutionFailed", {"error": error or None, "cause": cause or None})

    def _end(self, status: str, kind: str, details: Document) -> None:
        self._add(kind, **details)
        self._execution.update(
            status=status,
            stopped=self._tools.clock(),
            error=details.get("error"),
            cause=details.get("cause"),
            state=None,
            variables={},
        )
        self._execution.pop("next", None)

    def _declared(self) -> Document:
        declared: Document = self._definition["States"][self._execution["state"]["name"]]
        return declared

    def _waits_for_token(self) -> bool:
        return bool(self._declared().get("Resource") == WAIT_FOR_TOKEN)

    def _resource(self) -> Document:
        resource = "invoke.waitForTaskToken" if self._waits_for_token() else "invoke"
        return {"resourceType": "lambda", "resource": resource}

    def _add(self, kind: str, **details: Any) -> None:
        history.add(self._execution, kind, self._tools.clock(), details or None)
