"""What roles may do."""

from tools.local.engine.patching import core, service


def role_allows(role: str, action: str, resource: str) -> bool:
    """Whether the policies of a role, and its permissions boundary, allow an action."""
    evaluator = core("core.iam_evaluator")
    account, name = (role.split(":") + [""] * 5)[4], role.rpartition("/")[2]
    context = evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/local",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=core("core.responses").get_region(),
    )
    policies = evaluator._gather_role_policies(name, account)
    limits = evaluator._permissions_boundary(service("iam")._roles, name, account)
    return bool(evaluator.evaluate(context, policies, *limits).decision == "Allow")
