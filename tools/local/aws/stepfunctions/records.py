"""The state machines and executions of one cloud, and the store that keeps them.

They are plain JSON, saved with the state of the cloud. Hold `Store.lock` to read or change a record.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tools.local.aws.json_api import ApiError, Document
from tools.local.aws.stepfunctions.definition import read
from tools.local.home import ACCOUNT, REGION

KEPT_EXECUTIONS = 1000
"""Ended executions of a machine that are kept with their history. AWS keeps those of 90 days."""
NAME_DAYS = 90
"""How long the name of an ended execution cannot be used again."""
NAME = re.compile(r'[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}')


def machine_arn(name: str, region: str = REGION) -> str:
    return f"arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}"


def execution_arn(machine: str, name: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"


def key_of(definition: str) -> str:
    return hashlib.sha256(definition.encode()).hexdigest()


class Store:
    """The machines and executions. A running execution is a mapping; an ended one never changes and is kept as text."""

    def __init__(self, clock: Callable[[], float], on_change: Callable[[], None] = lambda: None) -> None:
        self.lock = threading.RLock()
        self._clock, self._on_change = clock, on_change
        self.machines: dict[str, Document] = {}
        self._definitions: dict[str, str] = {}
        self._read: dict[str, Any] = {}
        self.running: dict[str, Document] = {}
        self._texts: dict[str, str] = {}
        self._touched: set[str] = set()
        self._ended: dict[str, str] = {}
        self._names: dict[str, float] = {}
        self.secret = ""
        """What task tokens are signed with."""

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> Document:
        """The state. Only executions that were touched since the last call are written anew: it runs between two
        requests."""
        with self.lock:
            texts = {arn: text for arn, text in self._texts.items() if arn in self.running}
            touched = self._touched | (self.running.keys() - texts.keys())
            self._texts = texts | {arn: json.dumps(self.running[arn]) for arn in touched if arn in self.running}
            self._touched = set()
            return {
                "machines": deepcopy(self.machines),
                "definitions": dict(self._definitions),
                "running": self._texts,
                "ended": dict(self._ended),
                "names": dict(self._names),
                "secret": self.secret,
            }

    def load_persisted_state(self, data: Document) -> None:
        with self.lock:
            self.machines, self._definitions = data["machines"], data["definitions"]
            self.running = {arn: json.loads(text) for arn, text in data["running"].items()}
            self._ended, self._names = data["ended"], data["names"]
            self.secret = data["secret"]

    def reset(self) -> None:
        with self.lock:
            for kept in (self.machines, self._definitions, self._read, self.running, self._ended, self._names):
                kept.clear()

    def touch(self, arn: str) -> None:
        """An execution may change now."""
        self._touched.add(arn)

    def changed(self) -> None:
        """Have the state of the cloud saved soon. Call it after each change of a record."""
        self._on_change()

    # --- machines ---

    def machine(self, arn: str) -> Document:
        try:
            return self.machines[arn]
        except KeyError:
            raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'") from None

    def keep_definition(self, text: str) -> str:
        """The key of a definition, which `definition` finds as long as a machine or an execution has it."""
        key = key_of(text)
        self._definitions[key] = text
        return key

    def definition_text(self, key: str) -> str:
        return self._definitions[key]

    def definition(self, key: str) -> Any:
        if key not in self._read:
            self._read[key] = read(self._definitions[key])
        return self._read[key]

    def delete_machine(self, arn: str) -> None:
        """Delete a machine and its executions, the running ones too: AWS ends them at their next transition."""
        self.machines.pop(arn, None)
        for executions in (self.running, self._ended):
            for execution in [one for one in executions if machine_of(one) == arn]:
                del executions[execution]
        self._names = {name: at for name, at in self._names.items() if machine_of(name) != arn}
        self._drop_definitions()
        self.changed()

    def _drop_definitions(self) -> None:
        used = {one["definition"] for one in (*self.machines.values(), *self.running.values())}
        used |= {json.loads(text)["definition"] for text in self._ended.values()}
        self._definitions = {key: text for key, text in self._definitions.items() if key in used}
        self._read = {key: one for key, one in self._read.items() if key in used}

    # --- executions ---

    def execution(self, arn: str) -> Document:
        """An execution. One that has ended is a copy."""
        if arn in self.running:
            return self.running[arn]
        if arn in self._ended:
            ended: Document = json.loads(self._ended[arn])
            return ended
        raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")

    def executions_of(self, machine: str) -> Iterator[Document]:
        for arn in (*self.running, *self._ended):
            if machine_of(arn) == machine:
                yield self.execution(arn)

    def has_ended(self, uid: str) -> bool:
        """Whether an execution with this internal id has ended and is kept."""
        mark = f'"uid": "{uid}"'
        return any(mark in text for text in self._ended.values())

    def name_is_used(self, arn: str) -> bool:
        """Whether an execution of this name ended in the last 90 days."""
        ended = self._names.get(arn)
        return ended is not None and ended > self._clock() - NAME_DAYS * 86_400

    def end(self, execution: Document) -> None:
        """Move an execution that has ended to the ended ones, and forget the oldest beyond the limit."""
        arn = execution["arn"]
        del self.running[arn]
        self._ended[arn] = json.dumps(execution)
        self._names[arn] = execution["stopped"]
        same = [one for one in self._ended if machine_of(one) == execution["machine"]]
        for old in same[: max(0, len(same) - KEPT_EXECUTIONS)]:
            del self._ended[old]
        oldest = self._clock() - NAME_DAYS * 86_400
        if next(iter(self._names.values())) <= oldest:
            self._names = {name: at for name, at in self._names.items() if at > oldest}


def machine_of(execution: str) -> str:
    """The ARN of the machine of an execution's ARN."""
    return execution.rpartition(":")[0].replace(":execution:", ":stateMachine:", 1)
