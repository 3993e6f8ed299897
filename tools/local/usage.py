"""Counts what AWS would bill, on request: API requests by caller and operation, DynamoDB's capacity units, invocations.

`POST /_local/usage` starts a new count, `GET /_local/usage` returns it. Nothing is counted before. This module has the
rules for the cost of a read and a write; `engine/usage.py` counts in the engine.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.asgi import Receive, Scope, Send, answer_json

PATH = "/_local/usage"
WRITE_UNIT, READ_UNIT = 1024, 4096
INVOKED = "lambda"

# The caller of the current request: a function's name, or `user`.
caller: ContextVar[str] = ContextVar("usage_caller", default="")


class Meter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[str, str, str, str], float] = defaultdict(float)
        self._times: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        self.running = False

    def start(self) -> None:
        with self._lock:
            self._counts.clear()
            self._times.clear()
            self.running = True

    def add(self, service: str, operation: str, what: str = "requests", amount: float = 1, who: str = "") -> None:
        if self.running and amount:
            with self._lock:
                self._counts[who or caller.get(), service, operation, what] += amount

    def add_invocation(self, function: str, milliseconds: float, processor_ms: float, megabytes: int) -> None:
        """Count one invocation of a function, from the time in its process."""
        billed = math.ceil(milliseconds)
        amounts = {
            "invocations": 1,
            "billed ms": billed,
            "processor ms": processor_ms,
            "GB-seconds": billed / 1000 * megabytes / 1024,
        }
        for what, amount in amounts.items():
            self.add(INVOKED, "invocation", what, amount, function)

    def add_time(self, began: float, ended: float) -> None:
        """Note when a request of the current caller was served."""
        if self.running:
            with self._lock:
                self._times[caller.get()].append((began, ended))

    def rows(self) -> list[dict[str, Any]]:
        names = ("caller", "service", "operation", "what")
        with self._lock:
            rounds = {(who, INVOKED, "requests to AWS", "rounds"): rounds_of(its) for who, its in self._times.items()}
            counts = {**self._counts, **rounds}
        return [{**dict(zip(names, key, strict=True)), "amount": value} for key, value in counts.items()]


def rounds_of(times: Iterable[tuple[float, float]]) -> int:
    """How often a caller waited for AWS: requests that are served at the same time are one round."""
    rounds, busy_until = 0, float("-inf")
    for began, ended in sorted(times):
        if began >= busy_until:
            rounds += 1
        busy_until = max(busy_until, ended)
    return rounds


meter = Meter()


class UsagePlane:
    """Starts the meter and reads it. It grants no access and shows names of functions and operations only."""

    def matches(self, scope: Scope) -> bool:
        return bool(scope["type"] == "http" and scope["path"] == PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - a plane's signature
        if scope["method"] == "POST":
            meter.start()
        await answer_json(send, 200, {"running": meter.running, "usage": meter.rows()})


def note_request(scope: Scope) -> None:
    """Count a request by its operation. The engine's part knows the caller."""
    operation = operation_of(scope)
    if operation:
        meter.add(*operation)


def operation_of(scope: Scope) -> tuple[str, str] | None:
    path = str(scope["path"])
    if path.startswith("/_aws/execute-api/"):
        return "apigateway", f"{scope['method']} {'/'.join(path.split('/')[5:])}"
    if path.endswith("/graphql"):
        return "appsync", "GraphQL"
    if path == "/v2/email/outbound-emails":
        return "ses", "SendEmail"
    for name, value in scope.get("headers", ()):
        if name == b"x-amz-target":
            target, _, operation = value.decode("latin-1").partition(".")
            return target.split("_")[0].removeprefix("Amazon").removeprefix("AWS").lower(), operation
    return None


def write_units(old: int, new: int, times: int = 1) -> int:
    """The cost of writing an item with these sizes; 0 means no item. A refused write costs the old item's size."""
    return times * max(1, -(-max(old, new) // WRITE_UNIT))


def index_units(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, keys: list[str], size: Any) -> int:
    """The cost of updating one index: its projected entry before and after, None when the item is not in the index."""
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
