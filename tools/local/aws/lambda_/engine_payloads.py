"""The payloads that the Invoke API accepts."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from tools.local.engine.patching import core, patch

Response = tuple[int, dict[str, str], bytes]

SYNCHRONOUS_BYTES, ASYNCHRONOUS_BYTES = 6_291_456, 1_048_576


def refusal(body: bytes, kind: str) -> tuple[str, str, int] | None:
    """Code, text and status for a payload that AWS refuses; None for a valid or a missing one."""
    most = ASYNCHRONOUS_BYTES if kind == "Event" else SYNCHRONOUS_BYTES
    if len(body) > most:
        text = f"{len(body)} byte payload is too large for the {kind} invocation type (limit {most} bytes)"
        return "RequestTooLargeException", text, 413
    try:
        json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return "InvalidRequestContentException", "Could not parse request body into json", 400
    return None


@patch
def payloads_are_json_of_a_bounded_size() -> None:
    """AWS refuses a payload that is not JSON or is too large. The engine runs the function with an empty event instead,
    and takes any size."""
    functions = core("services.lambda_svc")
    handle: Callable[..., Awaitable[Response]] = functions.handle_request

    async def checked(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        if method == "POST" and path.rstrip("/").endswith("/invocations") and "/functions/" in path:
            refused = refusal(body, headers.get("x-amz-invocation-type", "RequestResponse"))
            if refused:
                made: Response = core("core.responses").error_response_json(*refused)
                return made
        return await handle(method, path, headers, body, query)

    functions.handle_request = checked
