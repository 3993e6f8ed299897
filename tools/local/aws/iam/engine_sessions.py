"""Sessions of roles that AWS services take: CodePipeline, CodeBuild."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.aws.iam.engine_roles import role_allows
from tools.local.engine.patching import core, service


class RoleRefused(Exception):
    """A service may not take a role."""


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    key: str
    secret: str
    token: str


def take_role(role: str, principal: str, session: str, seconds: float, source: str = "") -> Credentials:
    """Credentials of `role` for the service `principal`, such as `codebuild.amazonaws.com`.

    Raises RoleRefused when the role does not exist or its trust policy does not allow the service. `source` is the ARN
    of the resource on whose behalf the service acts (`aws:SourceArn`).
    """
    account, name = (role.split(":") + [""] * 5)[4], role.rpartition("/")[2]
    record = service("iam")._roles.get(name)
    if record is None or not _trusts(record.get("AssumeRolePolicyDocument", "{}"), principal, role, source):
        raise RoleRefused(f"{principal} is not authorized to perform AssumeRole on role {role}")
    key, secret, token = "ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), secrets.token_urlsafe(60)
    service("sts").register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session[:64]}",
            "UserId": f"{name}:{session[:64]}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": time.time() + seconds,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return Credentials(key, secret, token)


def end_session(credentials: Credentials) -> None:
    """Make credentials invalid at once."""
    service("sts")._sessions.pop(credentials.key, None)


def role_exists(role: str) -> bool:
    return service("iam")._roles.get(role.rpartition("/")[2]) is not None


def trusts_service(role: str, principal: str) -> bool:
    """Whether the trust policy of a role allows a service to take it."""
    record = service("iam")._roles.get(role.rpartition("/")[2])
    return record is not None and _trusts(record.get("AssumeRolePolicyDocument", "{}"), principal, role, "")


def demand(role: str, session: str, action: str, resource: str) -> None:
    """Raise PermissionError with AWS's text unless the policies of `role` allow the action."""
    if not role_allows(role, action, resource):
        account, name = (role.split(":") + [""] * 5)[4], role.rpartition("/")[2]
        raise PermissionError(
            f"User: arn:aws:sts::{account}:assumed-role/{name}/{session} is not authorized to perform: {action}"
            f" on resource: {resource} because no identity-based policy allows the {action} action"
        )


def _trusts(document: str | Mapping[str, Any], principal: str, role: str, source: str) -> bool:
    """Whether the trust policy allows the service. The engine's evaluation of trust policies knows no services, so this
    evaluates it as a resource policy, whose statements name their resource."""
    evaluator, responses = core("core.iam_evaluator"), core("core.responses")
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    account = responses.get_account_id()
    context = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=role,
        region=responses.get_region(),
        service_context={"aws:sourceaccount": account, **({"aws:sourcearn": source} if source else {})},
    )
    whole = {**policy, "Statement": [{**statement, "Resource": "*"} for statement in statements]}
    return bool(evaluator.evaluate_resource_policy(whole, context, service=principal).decision == "Allow")
