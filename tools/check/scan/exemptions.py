"""Findings that are accepted, each with its reason: exemptions.yaml."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.check.scan.scanner import Finding
from tools.project.documents import read_yaml, relative
from tools.project.problems import Problem

EXEMPTIONS = Path(__file__).with_name("exemptions.yaml")
_KEYS = {"rule", "resources", "reason"}


@dataclass(frozen=True, slots=True)
class Exemption:
    """One rule for the resources that fit one pattern of `file:resource`."""

    rule: str
    pattern: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and fnmatch.fnmatchcase(finding.place, self.pattern)


def read(path: Path = EXEMPTIONS) -> list[Exemption]:
    """Raises a Problem for an entry that is not complete."""
    entries = read_yaml(path).get("exemptions")
    if not isinstance(entries, list):
        raise Problem(f"{relative(path)}: it must have a list `exemptions`")
    found = []
    for number, entry in enumerate(entries, start=1):
        if not _is_complete(entry):
            raise Problem(f"{relative(path)}: the entry {number} must have a rule, a list of resources and a reason")
        found += [Exemption(entry["rule"], pattern, entry["reason"]) for pattern in entry["resources"]]
    return found


def _is_complete(entry: Any) -> bool:
    if not isinstance(entry, dict) or entry.keys() != _KEYS or not isinstance(entry["resources"], list):
        return False
    texts = [entry["rule"], entry["reason"], *entry["resources"]]
    return bool(entry["resources"]) and all(isinstance(each, str) and each.strip() for each in texts)


def remaining(findings: Iterable[Finding], exemptions: Sequence[Exemption]) -> list[Finding]:
    """The findings that no exemption covers."""
    return [each for each in findings if not any(exemption.covers(each) for exemption in exemptions)]


def unused(findings: Sequence[Finding], exemptions: Iterable[Exemption]) -> list[Exemption]:
    """The exemptions that cover no finding."""
    return [exemption for exemption in exemptions if not any(map(exemption.covers, findings))]
