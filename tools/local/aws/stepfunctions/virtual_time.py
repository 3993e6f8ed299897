"""An execution in virtual time, for the tests of a service's state machine: which function runs when, and what its
outcome leads to. The executor is that of the local cloud."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.local.aws.stepfunctions.moves import Tools
from tools.local.aws.stepfunctions.progress import Progress
from tools.local.aws.stepfunctions.tasks import Call
from tools.local.delivery.model import Pace
from tools.project.documents import read_yaml

Definition = Mapping[str, Any]


def read_definition(file: Path, substitutions: Mapping[str, str]) -> Definition:
    """The definition of a template, with its `DefinitionSubstitutions`."""
    text = json.dumps(read_yaml(file))
    for name, value in substitutions.items():
        text = text.replace(f"${{{name}}}", value)
    made: Definition = json.loads(text)
    return made


class VirtualExecution:
    """An execution with a clock of its own. The test answers for the functions."""

    def __init__(self, definition: Definition, name: str, given: Mapping[str, Any]) -> None:
        self.now = 0.0
        self._ids = iter(range(10_000_000))
        self.record: dict[str, Any] = {
            "arn": "arn:execution", "machine": "arn:machine:m", "name": name, "role": "arn:role", "status": "RUNNING",
            "started": 0.0, "stopped": None, "input": given, "input_text": json.dumps(given), "output": None,
            "error": None, "cause": None, "variables": {}, "state": None, "waiting": None, "gained": 0.0, "events": [],
        }  # fmt: skip
        tools = Tools(lambda: self.now, Pace(1), lambda: str(next(self._ids)), lambda _: "token", "eu-west-1")
        self._progress = Progress(self.record, definition, tools)
        self._progress.begin()
        self._call: Call | None = None

    @property
    def status(self) -> str:
        return str(self.record["status"])

    def next_call(self, within: float = 0.0) -> tuple[str, Mapping[str, Any]]:
        """The next function that is invoked, within so many seconds, and its payload."""
        ends = self.now + within
        while True:
            found = self._progress.advance()
            if isinstance(found, Call):
                self._call = found
                return found.arguments["FunctionName"], found.arguments["Payload"]
            if found is None:
                raise AssertionError(f"the execution has ended: {self.status}")
            if found > ends:
                raise AssertionError(f"nothing is invoked within {within} seconds")
            self.now = found

    def returns(self, payload: Any = None) -> None:
        self._progress.returned(self._invoked().id, {"Payload": payload, "StatusCode": 200})

    def raises(self, error: str) -> None:
        self._progress.returned(self._invoked().id, None, error, "{}")

    def _invoked(self) -> Call:
        if self._call is None:
            raise AssertionError("no function was invoked")
        return self._call

    def end_wait(self, output: Any) -> None:
        """The holder of the task token ends the wait."""
        self._progress.advance()
        self._progress.report({"result": output})

    def has_ended(self) -> bool:
        return self._progress.advance() is None
