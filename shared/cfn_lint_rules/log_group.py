"""E9001: the template of a function creates its log group, with retention."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.policies import is_of_a_stack, statements
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import FUNCTION_TYPES, Resource, refers_to, resources
from shared.cfn_lint_rules.values import always, at, text_of


class FunctionLogGroup(Rule):
    """Lambda creates a missing log group itself; that one never expires and outlives the stack."""

    id: ClassVar[str] = "E9001"
    shortdesc: ClassVar[str] = "Every function has a log group with retention"
    description: ClassVar[str] = "A log group that Lambda creates never expires and outlives the stack"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        groups = list(resources(template, "AWS::Logs::LogGroup"))
        for group in groups:
            if not always(group.properties.get("RetentionInDays")):
                yield group.path, f"{group.name} keeps logs for ever: set RetentionInDays: !Ref LogRetentionDays"
        for function in resources(template, *FUNCTION_TYPES):
            yield from self._of_function(function, groups)
        for statement in statements(template):
            creates = any(action.lower() == "logs:createloggroup" for action in statement.actions)
            if statement.allows and creates and not is_of_a_stack(statement.resource):
                yield statement.path, "do not grant logs:CreateLogGroup: the template creates the log group"

    def _of_function(self, function: Resource, groups: list[Resource]) -> Iterator[Problem]:
        name = text_of(function.properties.get("FunctionName"))
        own = at(function.properties, "LoggingConfig", "LogGroup")
        if not name and not own:
            yield (
                function.path,
                (
                    f"{function.name} has no FunctionName, so its log group cannot be created before it: "
                    "set FunctionName: !Sub ecommerce-${Environment}-{service}-{function}"
                ),
            )
            return
        wanted = f"/aws/lambda/{name}"
        for group in groups:
            is_named = text_of(group.properties.get("LogGroupName")) == wanted
            if (is_named or (own and refers_to(own, group))) and group.condition in (None, function.condition):
                return
        yield (
            function.path,
            (
                f"{function.name} has no log group: add an AWS::Logs::LogGroup with LogGroupName: !Sub {wanted} "
                "and RetentionInDays: !Ref LogRetentionDays, under the same Condition"
            ),
        )
