"""GetParameters and DeleteParameters: each parameter is authorised by its own ARN."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local.engine.patching import core, patch

ACTIONS = ("ssm:GetParameters", "ssm:DeleteParameters")
_names: ContextVar[list[str]] = ContextVar("parameter_names", default=[])  # noqa: B039 - never changed


def names_of(body: bytes) -> list[str]:
    """The names of a request."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    names = request.get("Names") if isinstance(request, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


@patch
def each_parameter_is_authorised() -> None:
    """AWS asks the policies about each parameter. The engine asks about `*`, so a role that may read certain parameters
    only may read none of them together."""
    evaluator, actions = core("core.iam_evaluator"), core("core.iam_actions")
    enforce: Callable[..., Any] = evaluator.enforce
    request_tag_context: Callable[..., dict[str, Any]] = actions.request_tag_context

    def note_names(service: str, iam_action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        _names.set(names_of(body) if iam_action in ACTIONS else [])
        return request_tag_context(service, iam_action, body, *rest)

    def enforce_each_parameter(
        access_key: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        names = _names.get() if iam_action in ACTIONS else []
        account = core("core.responses").get_account_id()
        arns = [
            name if name.startswith("arn:") else f"arn:aws:ssm:{region}:{account}:parameter/{name.removeprefix('/')}"
            for name in names
        ]
        for arn in arns or [resource_arn]:
            denied = enforce(access_key, iam_action, service, region, arn, service_context)
            if denied:
                return denied
        return None

    actions.request_tag_context = note_names
    evaluator.enforce = enforce_each_parameter
