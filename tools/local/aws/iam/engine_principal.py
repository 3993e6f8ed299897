"""The condition key `aws:PrincipalArn`. IAM User Guide: *AWS global condition context keys*."""

from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import core, patch, service

KEY = "aws:principalarn"
ASSUMED_ROLE = ":assumed-role/"


@patch
def sessions_have_the_arn_of_their_role() -> None:
    """On AWS `aws:PrincipalArn` of a session is the ARN of its role, with the path. The engine gives the session's own,
    so a policy that names the role allows nothing."""
    evaluator = core("core.iam_evaluator")
    resolve: Callable[[str, Any], Any] = evaluator._resolve_condition_key

    def resolve_key(key: str, request: Any) -> Any:
        found = resolve(key, request)
        return role_of_session(found) if key.lower() == KEY and ASSUMED_ROLE in str(found) else found

    evaluator._resolve_condition_key = resolve_key


def role_of_session(session_arn: str) -> str:
    """The ARN of the role of a session, `arn:aws:sts::{account}:assumed-role/{role}/{session name}`."""
    start, _, names = session_arn.partition(ASSUMED_ROLE)
    name, account = names.partition("/")[0], start.rpartition(":")[2]
    role = service("iam")._roles.get_scoped(account, None, name) or {}
    return str(role.get("Arn") or f"{start.replace(':sts:', ':iam:')}:role/{name}")
