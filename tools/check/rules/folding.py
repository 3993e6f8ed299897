"""Findings as they are printed: the cause first, in one line; what follows from it is counted below.

A changed field of a schema breaks every event that has it, their examples, and the generated files. All of that is gone
when the field is as it was.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from tools.check.rules.findings import Finding

CHANGES, EXAMPLES, GENERATED = "event changes", "event examples", "generated files"
# Generated files are out of date, or cannot be generated, while these have findings.
SOURCES = (CHANGES, "event schemas", "GraphQL schema", "templates")
Found = Mapping[str, Sequence[Finding]]


def lines(found: Found) -> tuple[list[str], int, int]:
    """What to print, the number of findings in it, and the number of those that only follow from others."""
    consequences = _consequences(found)
    text: list[str] = []
    shown = 0
    for name, findings in found.items():
        causes = _causes([finding for finding in findings if finding not in consequences.get(name, ())])
        if causes:
            text.append(f"{name}: {len(causes)}")
            text += [f"  {cause}" for cause in causes]
            shown += len(causes)
    counted = [f"{len(findings)} {name}" for name, findings in consequences.items() if findings]
    if counted:
        text.append(f"follow from these: {', '.join(counted)}")
    return text, shown, sum(map(len, found.values())) - shown


def _causes(findings: Sequence[Finding]) -> list[Finding]:
    return list(dict.fromkeys(finding.cause or finding for finding in findings))


def _consequences(found: Found) -> dict[str, list[Finding]]:
    changed = {PurePosixPath(finding.file).stem for finding in found.get(CHANGES, ())}
    examples = [
        finding for finding in found.get(EXAMPLES, ()) if PurePosixPath(finding.file).stem.split("-")[0] in changed
    ]
    generated = list(found.get(GENERATED, ())) if any(found.get(name) for name in SOURCES) else []
    return {EXAMPLES: examples, GENERATED: generated}
