"""E9010: the deploy tool passes the environment and the retention of logs to every template."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import FUNCTION_TYPES, resources


class MandatoryParameters(Rule):
    """The deploy tool passes these by name. With a default, a deployment without Environment would change that one."""

    id: ClassVar[str] = "E9010"
    shortdesc: ClassVar[str] = "Templates take Environment and LogRetentionDays"
    description: ClassVar[str] = "Environment (String, no default); LogRetentionDays (Number) where something logs"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        wanted = {"Environment": "String"}
        if any(resources(template, *FUNCTION_TYPES, "AWS::Logs::LogGroup")):
            wanted["LogRetentionDays"] = "Number"
        parameters = template.get("Parameters")
        for name, kind in wanted.items():
            found = parameters.get(name) if isinstance(parameters, Mapping) else None
            if not isinstance(found, Mapping):
                yield ["Parameters"], f"the parameter {name} is missing: add {name}: {{ Type: {kind} }}"
            elif found.get("Type") != kind:
                yield ["Parameters", name, "Type"], f"the parameter {name} must have Type: {kind}"
            elif name == "Environment" and "Default" in found:
                yield ["Parameters", name, "Default"], "Environment has no Default: the deploy tool passes it"
