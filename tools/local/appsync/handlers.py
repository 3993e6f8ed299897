"""Resolver code that the data plane can run: Python twins of known JavaScript, by the hash of its text.

There is no JavaScript engine here. A guess at what unknown code does would make tests lie, so unknown code is refused
when the resolver is made, and again at request time.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.appsync.errors import FieldError, UnsupportedResolver

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Handler:
    """The two functions of an APPSYNC_JS module; `request` gives the operation for the data source."""

    request: Callable[[Context], dict[str, Any]]
    response: Callable[[Context], Any]


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


INVOKE = Handler(_invoke_request, _invoke_response)

KNOWN: dict[str, tuple[str, Handler]] = {
    # frontend-api/resolvers/invoke.js
    "be0d94c3c8ee72c52c18c4003cdd7773d462eaf55f1e8160f087ea8d6f44960d": ("invoke.js", INVOKE),
}


def fingerprint(code: str) -> str:
    """The hash of a module's text without blank lines, comment lines and trailing space: none of them does anything."""
    lines = (line.rstrip() for line in code.splitlines())
    kept = [line for line in lines if line and not line.lstrip().startswith("//")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


def find(code: str) -> Handler:
    """The twin of this code; raises UnsupportedResolver for unknown code."""
    found = KNOWN.get(fingerprint(code))
    if found is None:
        names = ", ".join(sorted(name for name, _ in KNOWN.values()))
        raise UnsupportedResolver(
            f"the local cloud has no JavaScript engine and knows only the resolver code of {names};"
            f" this code has the fingerprint {fingerprint(code)}. Use the shared handler, or add a Python twin with"
            " that fingerprint to tools/local/appsync/handlers.py"
        )
    return found[1]
