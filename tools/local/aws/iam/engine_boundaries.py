"""Permissions boundaries of roles: the condition key, roles of stacks, and the role that a stack acts with.

IAM User Guide: *Permissions boundaries for IAM entities*, *IAM and AWS STS condition context keys*
(`iam:PermissionsBoundary`). The engine limits a role by its boundary, and knows nothing of the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.aws.cloudformation.engine_passed_roles import not_authorized, role_of_stack
from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    physical_name,
    register,
    resource_type,
)
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.engine.patching import core, patch, service

KEY = "iam:PermissionsBoundary"
# The request names the boundary. For all others the key is the boundary that the role has.
NAMED_BY_REQUEST = ("iam:CreateRole", "iam:PutRolePermissionsBoundary")
OF_ROLE = (
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
)


@patch
def policies_see_the_boundary() -> None:
    """AWS supplies `iam:PermissionsBoundary`. The engine does not, so a policy that uses it allows nothing."""
    actions = core("core.iam_actions")
    request_tag_context: Callable[..., dict[str, Any]] = actions.request_tag_context

    def add_boundary(service_name: str, iam_action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        context = request_tag_context(service_name, iam_action, body, params)
        boundary = ""
        if iam_action in NAMED_BY_REQUEST:
            boundary = actions._query_param(params, "PermissionsBoundary")
        elif iam_action in OF_ROLE:
            boundary = _record(actions._query_param(params, "RoleName")).get("PermissionsBoundary") or ""
        return {**context, KEY: boundary} if boundary else context

    actions.request_tag_context = add_boundary


@patch
def policies_see_the_path_of_a_role() -> None:
    """The ARN of a role has its path. The engine asks policies about the name alone, so a policy about a path allows
    nothing, and a policy about a name allows roles of all paths."""
    actions = core("core.iam_actions")
    original: Callable[..., str] = actions.extract_resource_arn

    def with_path(
        service_name: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        params: Mapping[str, Any],
        region: str,
        account: str,
    ) -> str:
        found = original(service_name, method, path, headers, body, params, region, account)
        name = actions._query_param(params, "RoleName") if service_name == "iam" else ""
        if not name:
            return found
        if actions._query_param(params, "Action") == "CreateRole":
            return _arn(actions._query_param(params, "Path") or "/", name, account)
        return str(_record(name).get("Arn") or found)

    actions.extract_resource_arn = with_path


def _record(role: str) -> Mapping[str, Any]:
    return service("iam")._roles.get(role) or {}


def _arn(path: str, name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role{path}{name}"


class _Role:
    """AWS::IAM::Role with its PermissionsBoundary, which the engine's provisioner does not read.

    A stack that was given a role makes and changes roles with the rights of that role, as on AWS.
    """

    def __init__(self, handler: Mapping[str, Any]) -> None:
        self._handler = handler

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        boundary = properties.get("PermissionsBoundary") or ""
        name = properties.get("RoleName") or physical_name(stack, logical_id, longest=64)
        arn = _arn(properties.get("Path", "/"), name, core("core.responses").get_account_id())
        _demand(stack, arn, boundary, ["iam:CreateRole", *_writes({}, properties)])
        _refuse_unknown(boundary)
        physical_id, attributes = self._handler["create"](logical_id, properties, stack)
        _set(physical_id, boundary)
        return physical_id, attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        boundary = new.get("PermissionsBoundary") or ""
        record = _record(physical_id)
        if record:
            if boundary != (record.get("PermissionsBoundary") or ""):
                change = "iam:PutRolePermissionsBoundary" if boundary else "iam:DeleteRolePermissionsBoundary"
                _demand(stack, record["Arn"], boundary or record["PermissionsBoundary"], [change])
            _demand(stack, record["Arn"], boundary, list(_writes(old, new)))
        _refuse_unknown(boundary)
        new_id, attributes = self._handler["update"](physical_id, old, new, stack, logical_id)
        _set(new_id, boundary)
        return new_id, attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler["delete"](physical_id, properties)


def _writes(old: Properties, new: Properties) -> Iterator[str]:
    """The actions that bring a role's policies from one template to another."""
    if new.get("Policies") and new.get("Policies") != old.get("Policies"):
        yield "iam:PutRolePolicy"
    if set(new.get("ManagedPolicyArns") or ()) - set(old.get("ManagedPolicyArns") or ()):
        yield "iam:AttachRolePolicy"


def _demand(stack: str, arn: str, boundary: str, actions: list[str]) -> None:
    """Raise ResourceFailed with AWS's text unless the role of the stack may do this. A stack without a role acts with
    the rights of its caller, which IAM has asked about the stack alone."""
    role = role_of_stack(stack)
    for action in actions if role else ():
        if not role_allows(role, action, arn, {KEY: boundary} if boundary else {}):
            raise ResourceFailed(not_authorized(role, action, arn))


def _refuse_unknown(boundary: str) -> None:
    """Raise ResourceFailed for a boundary that is no managed policy."""
    error = service("iam")._boundary_policy_error(boundary) if boundary else None
    if error is not None:
        raise ResourceFailed(f"Policy {boundary} does not exist or is not attachable.")


def _set(role: str, boundary: str) -> None:
    service("iam")._roles[role]["PermissionsBoundary"] = boundary or None


@patch
def roles_of_stacks_have_their_boundary() -> None:
    register("AWS::IAM::Role", _Role(resource_type("AWS::IAM::Role")))
