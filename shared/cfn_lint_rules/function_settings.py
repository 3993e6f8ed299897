"""E9012: functions share their runtime, and each has a time limit and a memory size."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import always


class FunctionSettings(Rule):
    """The defaults, 3 s and 128 MB, are too small for a cold start. Only an alias can shift or roll back traffic."""

    id: ClassVar[str] = "E9012"
    shortdesc: ClassVar[str] = "Functions have the alias live, a time limit and a memory size"
    description: ClassVar[str] = "Runtime and Architectures are in Globals; Timeout and MemorySize are set"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        shared = template.get("Globals")
        defaults = shared.get("Function") if isinstance(shared, Mapping) else None
        defaults = defaults if isinstance(defaults, Mapping) else {}
        for function in resources(template, "AWS::Serverless::Function"):
            properties, name = function.properties, function.name
            if properties.get("AutoPublishAlias") != "live":
                yield function.path, f"{name}: set AutoPublishAlias: live (in Globals.Function)"
            for setting in ("Runtime", "Architectures"):
                if not always(properties.get(setting)) or properties.get(setting) != defaults.get(setting):
                    yield function.path, f"{name}: set {setting} in Globals.Function only, the same for every function"
            for setting in ("Timeout", "MemorySize"):
                if not always(properties.get(setting)):
                    yield function.path, f"{name}: set {setting} (here or in Globals.Function)"
        for function in resources(template, "AWS::Lambda::Function"):
            yield (
                function.path,
                f"{function.name}: write AWS::Serverless::Function, which creates versions and the alias live",
            )
