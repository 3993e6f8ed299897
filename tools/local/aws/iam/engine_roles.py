"""What roles may do."""

import json
from collections.abc import Mapping
from typing import Any

from tools.local.engine.patching import core, service


def role_allows(role: str, action: str, resource: str, keys: Mapping[str, str] | None = None) -> bool:
    """Whether the policies of a role, and its permissions boundary, allow an action. `keys` are the condition keys of
    the request. The policy of a KMS key must allow it too, to the role or to its account."""
    evaluator = core("core.iam_evaluator")
    account, name = _account_and_name(role)
    context = _request(role, action, resource, core("core.responses").get_region(), keys)
    policies = evaluator._gather_role_policies(name, account)
    limits = evaluator._permissions_boundary(service("iam")._roles, name, account)
    result = evaluator.evaluate(context, policies, *limits)
    if action.startswith("kms:") and (found := service("kms").key_policy_for_arn(resource)):
        result = evaluator.combine_resource_policy(result, context, *found, required=True, limits=limits)
    return bool(result.decision == "Allow")


def _account_and_name(role: str) -> tuple[str, str]:
    return (role.split(":") + [""] * 5)[4], role.rpartition("/")[2]


def _request(role: str, action: str, resource: str, region: str, keys: Mapping[str, str] | None = None) -> Any:
    """A request of a session of the role, for the engine's evaluator."""
    account, name = _account_and_name(role)
    return core("core.iam_evaluator").EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/local",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
        service_context={key.lower(): value for key, value in (keys or {}).items()},
    )


def policy_decision(
    document: Mapping[str, Any], role: str, action: str, resource: str, keys: Mapping[str, str] | None = None
) -> str:
    """What IAM decides by this policy alone when a role asks: Allow, Deny or ImplicitDeny."""
    evaluator = core("core.iam_evaluator")
    request = _request(role, action, resource, "", keys)
    return str(evaluator.evaluate(request, [evaluator.parse_policy_document(dict(document))]).decision)


def role_trusts(role: str, principal: str) -> bool:
    """Whether a service, such as `events.amazonaws.com`, may assume a role."""
    found = service("iam")._roles.get(role.rpartition("/")[2])
    if found is None:
        return False
    document = found.get("AssumeRolePolicyDocument") or "{}"
    trust = json.loads(document) if isinstance(document, str) else document
    statements = trust.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        services = (statement.get("Principal") or {}) if isinstance(statement.get("Principal"), dict) else {}
        named = services.get("Service") or []
        if statement.get("Effect") == "Allow" and principal in ([named] if isinstance(named, str) else named):
            return True
    return False
