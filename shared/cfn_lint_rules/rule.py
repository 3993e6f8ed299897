"""The frame of a rule: it reads the whole template once and yields what is wrong, with what to write instead."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from shared.cfn_lint_rules.values import Path

Problem = tuple[Path, str]


class Rule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint ships no types
    """Has no id of its own, so cfn-lint never runs it by itself."""

    source_url: ClassVar[str] = "docs/conventions.md"
    tags: ClassVar[list[str]] = ["platform"]

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        raise NotImplementedError

    def match(self, cfn: Any) -> list[RuleMatch]:
        found = self.problems(cfn.template, cfn.filename)
        return [RuleMatch(nearest(cfn.template, path), message) for path, message in found]


def nearest(template: Any, path: Path) -> Path:
    """The longest beginning of the path that the template has, since what is missing has no line."""
    node, kept = template, list[str | int]()
    for key in path:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            break
        kept.append(key)
    return kept
