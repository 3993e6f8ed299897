"""Scan every template, packaged and transformed, and print what no exemption covers.

A line is `file:resource:rule: what - what to do`. Exit code 1 if there is a finding, or an exemption that covers none.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.check.rules.aws.transformed import Template, of_service
from tools.check.scan.exemptions import EXEMPTIONS, Exemption, read, remaining, unused
from tools.check.scan.scanner import Finding, scan
from tools.project.command import Parser, end
from tools.project.documents import relative
from tools.project.problems import Problem
from tools.project.services import discover


def templates(root: Path) -> Iterator[Template]:
    """What CloudFormation gets: of a template with gradual deployments that variant, which has all resources."""
    for name in discover(root):
        made = of_service(root, name)
        gradual = {template.file for template in made if template.gradual}
        yield from (template for template in made if template.gradual or template.file not in gradual)


def lines(findings: list[Finding], exemptions: list[Exemption], path: Path = EXEMPTIONS) -> Iterator[str]:
    """One line for each finding that is left, and for each exemption that is not needed."""
    file = relative(path)
    for each in remaining(findings, exemptions):
        todo = f"set {' and '.join(map(_property, each.properties))}" if each.properties else "change the resource"
        yield f"{each.place}:{each.rule}: {each.what} - {todo}, or exempt it with the reason in {file}"
    for exemption in unused(findings, exemptions):
        yield f"{file}:{exemption.pattern}:{exemption.rule}: no finding fits this exemption - delete it"


def _property(path: str) -> str:
    return path.removeprefix("Properties/").strip("/").replace("/", ".")


def main(argv: list[str], root: Path = ROOT, path: Path = EXEMPTIONS) -> int:
    Parser(prog="make scan", description=__doc__).parse_args(argv)
    try:
        exemptions = read(path)
        scanned = list(templates(root))
        findings = scan(root, scanned)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    text = list(lines(findings, exemptions, path))
    print(*text, sep="\n", end="\n" if text else "")
    files = len({template.file for template in scanned})
    closing = f"{len(text)} findings" if text else f"clean ({files} templates, {len(findings)} findings are exempted)"
    print(f"scan: {closing}")
    return 1 if text else 0


if __name__ == "__main__":
    end(main)
