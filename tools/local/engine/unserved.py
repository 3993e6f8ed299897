"""Requests for AWS services that the local cloud does not have, such as X-Ray."""

import json
from typing import Any

from tools.local.engine.patching import core, patch

CODE = "ServiceNotOnTheLocalCloud"
_ENGINES = b'{"error": "Unsupported service: '


@patch
def a_missing_service_is_named() -> None:
    """An SDK shows the code and the message of an error. The engine's answer has neither, so a caller would see an
    error 400 without a reason."""
    app = core("app")
    dispatch = app._dispatch_service_request

    async def dispatch_or_name(*request: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = await dispatch(*request)
        return refusal(body) if status == 400 and body.startswith(_ENGINES) else (status, headers, body)

    app._dispatch_service_request = dispatch_or_name


def refusal(body: bytes) -> tuple[int, dict[str, str], bytes]:
    service = json.loads(body)["error"].rpartition(" ")[2]
    message = f"The local cloud has no {service}. On AWS this request goes to the service itself."
    answer = json.dumps({"__type": CODE, "message": message}).encode()
    return 400, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": CODE}, answer
