"""X-Ray's trace of a request, which the functions get that the request invokes. There is no X-Ray: nothing is recorded.

A request without the header begins a trace, as at API Gateway and AppSync. Batches of streams and queues belong to no
request, and Lambda begins a trace for each.
"""

import re
import secrets
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

HEADER = b"x-amzn-trace-id"

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_request: ContextVar[str] = ContextVar("trace", default="")


def begin(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Note the trace of the request that the present task handles. X-Ray drops a header that is not valid."""
    sent = next((value.decode("latin-1") for name, value in headers if name == HEADER), "")
    _request.set(sent if _ROOT.fullmatch(_fields(sent).get("Root", "")) else f"Root={_new_root()}")


def of_invocation(config: Mapping[str, Any]) -> str | None:
    """The value of `_X_AMZN_TRACE_ID`: the trace of the request, with this invocation as the parent of what it calls.
    None for an invocation without a request of a function that is not traced."""
    fields = _fields(_request.get())
    is_traced = (config.get("TracingConfig") or {}).get("Mode") == "Active"
    if not fields and not is_traced:
        return None
    sampled = fields.get("Sampled", "1" if is_traced else "0")
    return f"Root={fields.get('Root') or _new_root()};Parent={secrets.token_hex(8)};Sampled={sampled}"


def _fields(header: str) -> dict[str, str]:
    pairs = (field.partition("=") for field in header.split(";") if "=" in field)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _new_root() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
