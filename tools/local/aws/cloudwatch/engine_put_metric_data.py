"""PutMetricData: the condition key `cloudwatch:namespace` of its policies.

CloudWatch User Guide: *Using condition keys to limit access to CloudWatch namespaces*. The engine does not supply it,
so a policy that uses it allows nothing.
"""

import json
from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import core, patch


@patch
def policies_see_the_namespace() -> None:
    actions = core("core.iam_actions")
    request_tag_context: Callable[..., dict[str, Any]] = actions.request_tag_context

    def add_namespace(service: str, iam_action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        context = request_tag_context(service, iam_action, body, *rest)
        namespace = _namespace(body) if iam_action == "cloudwatch:PutMetricData" else ""
        return {**context, "cloudwatch:namespace": namespace} if namespace else context

    actions.request_tag_context = add_namespace


def _namespace(body: bytes) -> str:
    """The namespace of a request in the JSON protocol, which the SDK uses; empty in other requests."""
    try:
        request = json.loads(body)
    except ValueError:
        return ""
    namespace = request.get("Namespace") if isinstance(request, dict) else None
    return namespace if isinstance(namespace, str) else ""
