"""Calls of the engine's own API functions inside the process, for our CloudFormation types."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.engine.patching import service


def call(service_name: str, operation: str, *arguments: Any) -> dict[str, Any]:
    """Run `operation` (a private function of the engine's service) and return its answer; raises ResourceFailed."""
    status, _headers, body = getattr(service(service_name), operation)(*arguments)
    answer: dict[str, Any] = json.loads(body) if body else {}
    if status >= 400:
        raise ResourceFailed(str(answer.get("message") or answer.get("Message") or answer))
    return answer
