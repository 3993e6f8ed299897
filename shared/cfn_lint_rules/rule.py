"""The base class of our rules: a rule reads the template once and yields each problem with its fix."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from shared.cfn_lint_rules.values import Path

Problem = tuple[Path, str]


class Rule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint ships no types
    """Has no id, so cfn-lint does not run the base class."""

    source_url: ClassVar[str] = "docs/conventions.md"
    tags: ClassVar[list[str]] = ["platform"]

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        raise NotImplementedError

    def match(self, cfn: Any) -> list[RuleMatch]:
        found = self.problems(cfn.template, cfn.filename)
        return [RuleMatch(nearest(cfn.template, path), message) for path, message in found]


def nearest(template: Any, path: Path) -> Path:
    """The longest beginning of the path that exists in the template, since a missing key has no line."""
    node, kept = template, list[str | int]()
    for key in path:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            break
        kept.append(key)
    return kept
