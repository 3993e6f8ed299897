"""E9006: a policy names its actions and resources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.exemptions import exempt, limited_by_a_condition
from shared.cfn_lint_rules.policies import Statement, attached, is_a_boundary, is_of_a_stack, statements
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.values import as_list, text_of

_REFERENCE = re.compile(r"\$\{[^}]*\}")
# A resource such as `table/*` or `*` names nothing; `table/${Table}/index/*` does.
_NAMELESS = re.compile(r"^([a-z-]+[/:])*\*")
# An API's ARN with a wildcard in the place of stage, method or path.
_ANY_METHOD = re.compile(r"/\*/|(Arn\}|\}/[a-z]+)/\*$|(Arn\}|/prod)/[A-Z]+/\*$")


class NoWildcards(Rule):
    """A wildcard also grants actions and resources that come later. SAM's `Policies` are checked too."""

    id: ClassVar[str] = "E9006"
    shortdesc: ClassVar[str] = "No wildcard in actions or resources"
    description: ClassVar[str] = (
        "A wildcard also grants what comes later; exemptions.yaml lists the actions that need one"
    )

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for statement in statements(template):
            if statement.allows:
                yield from _of_statement(statement)
        for policy in attached(template):
            name = policy.name.rsplit("/", 1)[-1]
            # `${...}` is a policy of this template, which is checked itself.
            if not policy.is_sam_template and not name.startswith("${") and name not in exempt("managed_policies"):
                yield (
                    policy.path,
                    (
                        f"{policy.resource.name}: the AWS policy {name} grants more than one function needs: "
                        "write the statements, or list it with its reason in shared/cfn_lint_rules/exemptions.yaml"
                    ),
                )


def _of_statement(statement: Statement) -> Iterator[Problem]:
    name = statement.resource.name
    for key in ("NotAction", "NotResource"):
        if key in statement.body:
            yield statement.path, f"{name}: {key} grants everything else: list what is granted with {key[3:]}"
    actions = statement.actions
    if statement.resource.type == "AWS::KMS::Key" and _is_account_root(statement):
        actions = [action for action in actions if action not in exempt("key_policies")]
    for action in actions:
        if ("*" in action or "?" in action) and action not in exempt("wildcard_actions"):
            yield statement.path, f"{name}: the action {action} is a wildcard: list the actions that are used"
    if name in exempt("roles_of_tests") or is_of_a_stack(statement.resource) or is_a_boundary(statement.resource):
        return
    if statement.is_identity:
        for target in statement.targets:
            if _is_nameless(target) and not set(actions) <= exempt("actions_on_any_resource") | _limited(statement):
                yield statement.path, f"{name}: the resource {target} names nothing: write the ARN of what is used"
            elif any(action.lower() == "execute-api:invoke" for action in actions) and _ANY_METHOD.search(target):
                yield (
                    statement.path,
                    (f"{name}: {target} allows every call: name method and path, as in ${{ApiArn}}/POST/backend/..."),
                )
    elif _is_anybody(statement.body.get("Principal")) and not statement.body.get("Condition"):
        yield statement.path, f"{name}: any principal may use it: name the Principal, or add a Condition"


def _is_nameless(target: str) -> bool:
    # `${AWS::Region}` has colons of its own.
    target = _REFERENCE.sub("{}", target)
    parts = target.split(":", 5)
    if parts[0] == "arn" and len(parts) == 6:
        return any("*" in part for part in parts[:5]) or bool(_NAMELESS.match(parts[5]))
    return bool(_NAMELESS.match(target))


def _limited(statement: Statement) -> set[str]:
    """The actions that the condition of the statement limits enough."""
    condition = statement.body.get("Condition")
    equals = condition.get("StringEquals") if isinstance(condition, Mapping) else None
    keys = set(equals) if isinstance(equals, Mapping) else set()
    return {action for action, key in limited_by_a_condition().items() if key in keys}


def _is_account_root(statement: Statement) -> bool:
    principal = statement.body.get("Principal")
    roots = as_list(principal.get("AWS")) if isinstance(principal, Mapping) else []
    return bool(roots) and all(text_of(root).endswith(":${AWS::AccountId}:root") for root in roots)


def _is_anybody(principal: Any) -> bool:
    listed = as_list(principal.get("AWS")) if isinstance(principal, Mapping) else [principal]
    return "*" in listed
