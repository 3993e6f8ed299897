"""E9005: a service publishes events of its own source only."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.exemptions import exempt
from shared.cfn_lint_rules.policies import Statement, attached, statements
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import service_of
from shared.cfn_lint_rules.values import as_list, text_of


class PutEventsOwnSource(Rule):
    """With any source, a service could forge a payment. `ForAllValues` and `...IfExists` accept a missing source."""

    id: ClassVar[str] = "E9005"
    shortdesc: ClassVar[str] = "PutEvents is limited to the service's own source"
    description: ClassVar[str] = "Without the condition a service can publish events of every other service"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        if not filename:
            return  # `sam validate` passes no file name, which names the service; `make lint` does
        own = f"ecommerce.{service_of(filename)}"
        # A nested template has a parameter with the name of its service.
        accepted = {own, "ecommerce.${Service}"} if "Service" in (template.get("Parameters") or {}) else {own}
        do = f'write Condition: {{ StringEquals: {{ "events:source": {own} }} }}'
        for statement in statements(template):
            grants = statement.allows and any(action.lower() == "events:putevents" for action in statement.actions)
            if statement.resource.name in exempt("roles_of_tests"):
                continue
            if grants and _sources(statement) - accepted:
                yield statement.path, f"{statement.resource.name} may publish with a source that is not {own}: {do}"
            elif grants and not _sources(statement):
                yield statement.path, f"{statement.resource.name} may publish with any source: {do}"
        for policy in attached(template):
            if policy.is_sam_template and policy.name == "EventBridgePutEventsPolicy":
                yield (
                    policy.path,
                    (
                        f"{policy.resource.name}: EventBridgePutEventsPolicy does not limit the source: "
                        f"write a Statement for events:PutEvents instead; {do}"
                    ),
                )


def _sources(statement: Statement) -> set[str]:
    """The sources that a plain StringEquals names; others accept a missing source or a pattern, and do not count."""
    condition = statement.body.get("Condition")
    equals = condition.get("StringEquals") if isinstance(condition, Mapping) else None
    named = {key.lower(): value for key, value in equals.items()} if isinstance(equals, Mapping) else {}
    return {text_of(value) for value in as_list(named.get("events:source"))}
