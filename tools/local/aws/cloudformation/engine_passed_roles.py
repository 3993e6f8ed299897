"""The role that a caller passes to CloudFormation."""

import contextvars
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tools.local.aws.iam.engine_pass_role import pass_role_refusal
from tools.local.aws.iam.engine_sessions import trusts_service
from tools.local.engine.own_services import Response
from tools.local.engine.patching import core, patch

PRINCIPAL = "cloudformation.amazonaws.com"
# Where a stack keeps the role that was passed with it.
KEPT = "RoleARN"
_role: contextvars.ContextVar[str] = contextvars.ContextVar("_role", default="")


@patch
def a_passed_role_needs_permission() -> None:
    """AWS lets a caller pass a role to CloudFormation only with iam:PassRole, and only a role that trusts
    CloudFormation. It keeps the role with the stack. The engine takes any role and forgets it.

    `role_of_stack` returns it. Transforms are applied and roles are made with its rights (`engine_transforms.py`,
    `iam/engine_boundaries.py`), all other resources without checks."""
    handlers = core("app").SERVICE_HANDLERS
    handle = handlers["cloudformation"]

    async def checked(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        role = _parameter("RoleARN", headers, body, query)
        refusal = _refusal(role, headers, query) if role else None
        if refusal is not None:
            return refusal
        token = _role.set(role or role_of_stack(_parameter("StackName", headers, body, query)))
        try:
            answer: Response = await handle(method, path, headers, body, query)
        finally:
            _role.reset(token)
        if role and answer[0] == 200 and (stack := _stack(_parameter("StackName", headers, body, query))):
            stack[KEPT] = role
        return answer

    handlers["cloudformation"] = checked


def role_of_request() -> str:
    """The role that was passed with the present request, or before with its stack; empty without one."""
    return _role.get()


def not_authorized(role: str, action: str, arn: str) -> str:
    """What AWS says when CloudFormation may not do something with a role."""
    account, name = role.split(":")[4], role.rpartition("/")[2]
    return (
        f"User: arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation is not authorized to perform: "
        f"{action} on resource: {arn} because no identity-based policy allows the {action} action"
    )


def role_of_stack(name: str) -> str:
    """The role that was passed with a stack, or with the stack that it is nested in; empty without one."""
    stack = _stack(name)
    while stack and stack.get("_parent_stack_name"):
        stack = _stack(stack["_parent_stack_name"])
    return str((stack or {}).get(KEPT, ""))


def _stack(name: str) -> dict[str, Any] | None:
    """The stack with this name or id."""
    found: dict[str, Any] | None = core("services.cloudformation.handlers")._resolve_stack(name)
    return found


def _parameter(name: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> str:
    """A parameter of a request."""
    if "json" in headers.get("content-type", ""):
        try:
            sent = json.loads(body or b"{}")
        except ValueError:
            return ""
        return str(sent.get(name) or "") if isinstance(sent, dict) else ""
    values = parse_qs(body.decode("utf-8", "replace")).get(name) or query.get(name) or [""]
    return values[0]


def _refusal(role: str, headers: dict[str, str], query: dict[str, Any]) -> Response | None:
    refusal = pass_role_refusal("cloudformation", PRINCIPAL, role, headers, query)
    if refusal is None and not trusts_service(role, PRINCIPAL):
        refusal = core("services.cloudformation.helpers")._error(
            "ValidationError", f"Role {role} is invalid or cannot be assumed"
        )
    return refusal
