"""Python twins of this platform's AppSync resolver code, found by the hash of the JavaScript.

Change a `.js` file and its twin together: the failing test of the file prints the new fingerprint.
"""

from collections.abc import Mapping
from typing import Any

from tools.local.aws.appsync.errors import FieldError
from tools.local.aws.appsync.handlers import Context, Handler, Twin

# The only headers that a function gets: `authorization` never leaves AppSync.
FORWARDED = ("x-amzn-trace-id", "x-correlation-id")


def _invoke_request(ctx: Context) -> dict[str, Any]:
    info, request = ctx["info"], ctx["request"]
    headers = {name: request["headers"][name] for name in FORWARDED if name in request["headers"]}
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
    # In JavaScript every object and every list is true, even an empty one.
    if error or isinstance(error, Mapping | list):
        fields = error if isinstance(error, Mapping) else {}
        raise FieldError(str(fields.get("message") or ""), fields.get("type"), fields.get("info"))
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

TWINS = (
    # frontend-api/resolvers
    Twin("invoke.js", "be0d94c3c8ee72c52c18c4003cdd7773d462eaf55f1e8160f087ea8d6f44960d", INVOKE),
    Twin("local.js", "3a284df7fd7618e26b66a810beabc017381faeb734d05d20730dbdc221bd4cb9", LOCAL),
    # resolvers, beside this module
    Twin("batch.js", "31d4edf44e637b3eb8bea6111fb4057cae47210de72dd9f5f81ce329fe9f382b", BATCH),
)
