"""E9011: one template serves every environment."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import environment_names
from shared.cfn_lint_rules.values import leaves


class NoEnvironmentNames(Rule):
    """With a name such as `ecommerce-prod-orders`, a deployment to any environment would change production."""

    id: ClassVar[str] = "E9011"
    shortdesc: ClassVar[str] = "No environment is named in a template"
    description: ClassVar[str] = "Names contain ${Environment}; only Conditions may compare it with a name"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        names = "|".join(map(re.escape, environment_names()))
        named = re.compile(rf"(?:ecommerce[-/])({names})(?![a-z0-9])")
        for section in ("Parameters", "Globals", "Resources", "Outputs"):
            for path, text in leaves(template.get(section), [section]):
                found = named.search(text)
                if found and path[-1] != "Description":
                    yield path, f"{text} names the environment {found[1]}: write ${{Environment}}"
