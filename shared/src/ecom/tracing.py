"""The trace that the present work belongs to, in X-Ray's form, and the correlation id that carries it.

Lambda sets `_X_AMZN_TRACE_ID` for each invocation: the caller's trace for requests, a new one for batches of a stream
or a queue. So a request's correlation id begins with the id of its trace and ends with the beginning of its own id:
`1-67a0c1f2-0123456789abcdef01234567/3f2a9c41`. Tables store it and events carry it to the last consumer, which
continues the trace in its own requests (docs/adr/0041-a-trace-follows-the-correlation-id.md).
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

HEADER = "X-Amzn-Trace-Id"
REQUEST_ID_CHARACTERS = 8

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_correlation: ContextVar[str] = ContextVar("correlation", default="")


class Context(Protocol):
    """Lambda's context."""

    @property
    def aws_request_id(self) -> str: ...


def correlation_of(context: Context | None) -> str:
    """The correlation id of a new request, unique: several requests may have one trace, which a client may choose."""
    request_id = str(context.aws_request_id) if context is not None else ""
    trace = _parts().get("Root", "")
    return f"{trace}/{request_id[:REQUEST_ID_CHARACTERS]}" if request_id and _ROOT.fullmatch(trace) else request_id


def trace_of(correlation_id: str) -> str:
    """The id of the trace; empty when the correlation id has none."""
    found = _ROOT.match(correlation_id)
    return found.group() if found else ""


@contextmanager
def continued(correlation_id: str) -> Iterator[None]:
    """Work on what this correlation id began: log lines name it, and requests belong to its trace."""
    token = _correlation.set(correlation_id)
    try:
        yield
    finally:
        _correlation.reset(token)


def correlation() -> str:
    """The correlation id of the present work; empty when it has none."""
    return _correlation.get()


def header_value(correlation_id: str = "") -> str:
    """X-Ray's header for a request that belongs to a trace; empty without one.

    Another trace than the invocation's is named without parent and sampling decision: the next service decides whether
    it records the request.
    """
    root = trace_of(correlation_id)
    parts = _parts()
    if not root or root == parts.get("Root"):
        return os.environ.get("_X_AMZN_TRACE_ID", "")
    return f"Root={root}"


def _parts() -> dict[str, str]:
    """The fields of the invocation's trace: Root, Parent, Sampled."""
    fields = (field.partition("=") for field in os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    return {name.strip(): value for name, _, value in fields}
