"""Whether a caller may use a field."""

from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.model import Api, Mode
from tools.local.aws.appsync.schema import FieldRules


def may_use(caller: Caller, api: Api, rules: FieldRules) -> bool:
    """AppSync's decision by the directives alone."""
    if rules.rules:
        return any(
            rule.mode is caller.mode and (rule.groups is None or not rule.groups.isdisjoint(caller.groups))
            for rule in rules.rules
        )
    if caller.mode is not api.default.mode:
        return False
    if caller.mode is not Mode.USER_POOL:
        return True
    if rules.legacy_groups is not None and not api.additional:
        return not rules.legacy_groups.isdisjoint(caller.groups)
    return api.default.pool is None or api.default.pool.default_action != "DENY"


def policy_allows(caller: Caller, api: Api, root: str | None, field_name: str) -> bool:
    """Whether an IAM caller's policies allow this field. Only fields of the root types are checked.

    A caller who may run a mutation may read its answer: directives guard the types below.
    """
    if caller.signer is None or root is None:
        return True
    return caller.signer.may("appsync:GraphQL", f"{api.arn}/types/{root}/fields/{field_name}")
