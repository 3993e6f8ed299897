"""What AWS would count: requests by caller and operation, and DynamoDB's units, while somebody measures.

`POST /_local/usage` starts counting from nothing, `GET /_local/usage` tells what was counted since; nothing is counted
before. The engine's part is `engine/usage.py`; here are the rules of what a read and a write cost.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.asgi import Receive, Scope, Send, answer_json

PATH = "/_local/usage"
WRITE_UNIT, READ_UNIT = 1024, 4096

# Who makes the request that is being served: a function's name, or a user's.
caller: ContextVar[str] = ContextVar("usage_caller", default="")


class Meter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[str, str, str, str], float] = defaultdict(float)
        self.running = False

    def start(self) -> None:
        with self._lock:
            self._counts.clear()
            self.running = True

    def add(self, service: str, operation: str, what: str = "requests", amount: float = 1, who: str = "") -> None:
        if self.running and amount:
            with self._lock:
                self._counts[who or caller.get(), service, operation, what] += amount

    def rows(self) -> list[dict[str, Any]]:
        names = ("caller", "service", "operation", "what")
        with self._lock:
            return [{**dict(zip(names, key, strict=True)), "amount": value} for key, value in self._counts.items()]


meter = Meter()


class UsagePlane:
    """Starts the meter and reads it. It grants nothing and shows names of functions and operations only."""

    def matches(self, scope: Scope) -> bool:
        return bool(scope["type"] == "http" and scope["path"] == PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - a plane's signature
        if scope["method"] == "POST":
            meter.start()
        await answer_json(send, 200, {"running": meter.running, "usage": meter.rows()})


def note_request(scope: Scope) -> None:
    """Count a request at the front door by what it is; the engine's part knows who makes it."""
    operation = operation_of(scope)
    if operation:
        meter.add(*operation)


def operation_of(scope: Scope) -> tuple[str, str] | None:
    path = str(scope["path"])
    if path.startswith("/_aws/execute-api/"):
        return "apigateway", f"{scope['method']} {'/'.join(path.split('/')[5:])}"
    if path.endswith("/graphql"):
        return "appsync", "GraphQL"
    for name, value in scope.get("headers", ()):
        if name == b"x-amz-target":
            target, _, operation = value.decode("latin-1").partition(".")
            return target.split("_")[0].removeprefix("Amazon").removeprefix("AWS").lower(), operation
    return None


def write_units(old: int, new: int, times: int = 1) -> int:
    """Of writing an item whose sizes these are; 0 is no item. What is refused costs what was there."""
    return times * max(1, -(-max(old, new) // WRITE_UNIT))


def index_units(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, keys: list[str], size: Any) -> int:
    """Of keeping one index true: its entry before and after, as projected; None when the item was not in it."""
    if old == new:
        return 0
    if old is None or new is None:
        return write_units(0, size(new if old is None else old))
    if any(old.get(key) != new.get(key) for key in keys):
        return write_units(0, size(old)) + write_units(0, size(new))
    return write_units(size(old), size(new))


def read_units(size: int, *, consistent: bool = False, transaction: bool = False) -> float:
    blocks = max(1, -(-size // READ_UNIT))
    return blocks * (2 if transaction else 1 if consistent else 0.5)
