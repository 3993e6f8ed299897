"""The right to pass a role to an AWS service.

IAM User Guide: *Grant a user permissions to pass a role to an AWS service*.
"""

from typing import Any

from tools.local.engine.own_services import Response
from tools.local.engine.patching import core


def pass_role_refusal(
    service: str, principal: str, role: str, headers: dict[str, str], query: dict[str, Any]
) -> Response | None:
    """The refusal of a request to `service`, unless its caller may pass the role to `principal`."""
    evaluator, actions, responses = core("core.iam_evaluator"), core("core.iam_actions"), core("core.responses")
    key = core("core.router").extract_access_key_id(headers, query)
    context = {"iam:PassedToService": principal}
    denied = evaluator.enforce(key, "iam:PassRole", "iam", responses.get_region(), role, context)
    if not denied:
        return None
    explicit = denied.decision == "Deny"
    why = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else "because no identity-based policy allows the iam:PassRole action"
    )
    asked = f"is not authorized to perform: iam:PassRole on resource: {role}"
    refusal: Response = actions.access_denied_response(
        service,
        "iam:PassRole",
        denied.principal_arn,
        responses.new_uuid(),
        message=f"User: {denied.principal_arn} {asked} {why}",
        headers=headers,
        resource_arn=role,
        explicit_deny=explicit,
    )
    return refusal
