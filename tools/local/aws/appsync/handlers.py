"""Resolver code that the data plane can run: Python twins of known JavaScript, by the hash of its text.

There is no JavaScript engine here. A guess at what unknown code does would make tests lie, so unknown code is refused
when the resolver is made, and again at request time.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tools.local.aws.appsync.errors import FieldError, UnsupportedResolver

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Handler:
    """The two functions of an APPSYNC_JS module; `request` gives the operation for the data source."""

    request: Callable[[Context], dict[str, Any]]
    response: Callable[[Context], Any]
    # The type of data source that the operation is for.
    source: str = "AWS_LAMBDA"
    batch: bool = False


def _invoke_request(ctx: Context) -> dict[str, Any]:
    info, request = ctx["info"], ctx["request"]
    headers = {
        name: request["headers"][name] for name in ("x-amzn-trace-id", "x-correlation-id") if name in request["headers"]
    }
    return {
        "operation": "Invoke",
        "payload": {
            "arguments": ctx["arguments"],
            "identity": ctx["identity"],
            "source": ctx["source"],
            "info": {
                "fieldName": info["fieldName"],
                "parentTypeName": info["parentTypeName"],
                "selectionSetList": info["selectionSetList"],
                "variables": info["variables"],
            },
            "request": {"domainName": request["domainName"], "headers": headers},
        },
    }


def _invoke_response(ctx: Context) -> Any:
    if ctx.get("error"):
        raise FieldError("The request could not be handled.", ctx["error"]["type"])
    result = ctx.get("result")
    error = result.get("error") if isinstance(result, Mapping) else None
    # What JavaScript takes for true: an object is, whatever is in it.
    if error or isinstance(error, Mapping | list):
        said = error if isinstance(error, Mapping) else {}
        raise FieldError(str(said.get("message") or ""), said.get("type"), said.get("info"))
    return result


def _batch_request(ctx: Context) -> dict[str, Any]:
    return {**_invoke_request(ctx), "operation": "BatchInvoke"}


def _local_request(ctx: Context) -> dict[str, Any]:
    return {"payload": next(iter(ctx["arguments"].values()), None)}


def _local_response(ctx: Context) -> Any:
    return ctx["result"]


INVOKE = Handler(_invoke_request, _invoke_response)
BATCH = Handler(_batch_request, _invoke_response, batch=True)
LOCAL = Handler(_local_request, _local_response, source="NONE")

KNOWN: dict[str, tuple[str, Handler]] = {
    "be0d94c3c8ee72c52c18c4003cdd7773d462eaf55f1e8160f087ea8d6f44960d": ("invoke.js", INVOKE),
    "31d4edf44e637b3eb8bea6111fb4057cae47210de72dd9f5f81ce329fe9f382b": ("batch.js", BATCH),
    "3a284df7fd7618e26b66a810beabc017381faeb734d05d20730dbdc221bd4cb9": ("local.js", LOCAL),
}


def fingerprint(code: str) -> str:
    """The hash of a module's text without blank lines, comment lines and trailing space: none of them does anything."""
    lines = (line.rstrip() for line in code.splitlines())
    kept = [line for line in lines if line and not line.lstrip().startswith("//")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


# Every field of every item of a list asks for it.
@lru_cache(maxsize=256)
def find(code: str) -> Handler:
    """The twin of this code; raises UnsupportedResolver for unknown code."""
    found = KNOWN.get(fingerprint(code))
    if found is None and "setSubscriptionFilter" in code:
        raise UnsupportedResolver(
            "the local cloud has no enhanced subscription filters (extensions.setSubscriptionFilter); filter by the"
            " subscription's arguments, and refuse subscribers in the resolver of the subscription field"
        )
    if found is None:
        names = ", ".join(sorted(name for name, _ in KNOWN.values()))
        raise UnsupportedResolver(
            f"the local cloud has no JavaScript engine and knows only the resolver code of {names};"
            f" this code has the fingerprint {fingerprint(code)}. Use the shared handler, or add a Python twin with"
            " that fingerprint to tools/local/aws/appsync/handlers.py"
        )
    return found[1]
