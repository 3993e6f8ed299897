"""The role that a caller passes to CloudFormation."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tools.local.aws.iam.engine_sessions import trusts_service
from tools.local.engine.own_services import Response
from tools.local.engine.patching import core, patch

PRINCIPAL = "cloudformation.amazonaws.com"


@patch
def a_passed_role_needs_permission() -> None:
    """AWS lets a caller pass a role to CloudFormation only with iam:PassRole, and only a role that trusts
    CloudFormation. The engine takes any role. (It does not use it: resources are created without checks.)"""
    handlers = core("app").SERVICE_HANDLERS
    handle = handlers["cloudformation"]

    async def checked(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        role = _passed_role(headers, body, query)
        refusal = _refusal(role, headers, query) if role else None
        answer: Response = refusal or await handle(method, path, headers, body, query)
        return answer

    handlers["cloudformation"] = checked


def _passed_role(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> str:
    """The parameter `RoleARN` of a request."""
    if "json" in headers.get("content-type", ""):
        try:
            sent = json.loads(body or b"{}")
        except ValueError:
            return ""
        return str(sent.get("RoleARN") or "") if isinstance(sent, dict) else ""
    values = parse_qs(body.decode("utf-8", "replace")).get("RoleARN") or query.get("RoleARN") or [""]
    return values[0]


def _refusal(role: str, headers: dict[str, str], query: dict[str, Any]) -> Response | None:
    evaluator, actions, responses = core("core.iam_evaluator"), core("core.iam_actions"), core("core.responses")
    key = core("core.router").extract_access_key_id(headers, query)
    context = {"iam:PassedToService": PRINCIPAL}
    denied = evaluator.enforce(key, "iam:PassRole", "iam", responses.get_region(), role, context)
    if denied:
        explicit = denied.decision == "Deny"
        why = (
            "with an explicit deny in an identity-based policy"
            if explicit
            else "because no identity-based policy allows the iam:PassRole action"
        )
        asked = f"is not authorized to perform: iam:PassRole on resource: {role}"
        answer: Response = actions.access_denied_response(
            "cloudformation",
            "iam:PassRole",
            denied.principal_arn,
            responses.new_uuid(),
            message=f"User: {denied.principal_arn} {asked} {why}",
            headers=headers,
            resource_arn=role,
            explicit_deny=explicit,
        )
        return answer
    if not trusts_service(role, PRINCIPAL):
        error: Response = core("services.cloudformation.helpers")._error(
            "ValidationError", f"Role {role} is invalid or cannot be assumed"
        )
        return error
    return None
