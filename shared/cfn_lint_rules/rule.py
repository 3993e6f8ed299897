"""The base class of the rules: a rule reads the template once and yields what is wrong and what to write instead."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from shared.cfn_lint_rules.values import Path

Problem = tuple[Path, str]


class Rule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint ships no types
    """Without an id, so cfn-lint does not run the base class."""

    source_url: ClassVar[str] = "docs/conventions.md"
    tags: ClassVar[list[str]] = ["platform"]

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        raise NotImplementedError

    def match(self, cfn: Any) -> list[RuleMatch]:
        found = self.problems(cfn.template, cfn.filename)
        return [RuleMatch(nearest(cfn.template, path), message) for path, message in found]


def nearest(template: Any, path: Path) -> Path:
    """The longest existing beginning of the path, since a missing property has no line."""
    node, kept = template, list[str | int]()
    for key in path:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            break
        kept.append(key)
    return kept
