"""Run the checks and print the findings: `file:line: what is wrong - what to do`. Exit code 1 if there are any."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tools import ROOT
from tools.check.rules import folding
from tools.check.rules.checks import CHECKS, Check
from tools.check.rules.findings import Finding, Repository


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.check.rules", description=__doc__)
    parser.add_argument("service", nargs="*", help="check these services only; without a name the whole repository")
    parser.add_argument(
        "--base",
        default=os.environ.get("BASE", ""),
        metavar="REVISION",
        help="compare events with this commit, branch or tag; else with the variable BASE, else with the main branch",
    )
    parser.add_argument("--all", action="store_true", help="list findings that follow from others, too")
    given = parser.parse_args(argv)
    try:
        repository = replace(Repository.at(root, *given.service), base=given.base)
    except ValueError as error:
        print(f"lint: {error}", file=sys.stderr)
        return 2
    found = run(repository)
    text, shown, hidden = (all_lines if given.all else folding.lines)(found)
    print(*text, sep="\n", end="\n" if text else "")
    for remark in repository.remarks:
        print(f"lint: note: {remark}")
    more = (
        f"; {hidden} more follow from them: `.venv/bin/python -m tools.check.rules --all` lists them" if hidden else ""
    )
    print(f"lint: {shown} findings{more}" if shown else f"lint: clean ({', '.join(found)})")
    return 1 if shown else 0


def all_lines(found: dict[str, list[Finding]]) -> tuple[list[str], int, int]:
    text = []
    for name, findings in found.items():
        if findings:
            text += [f"{name}: {len(findings)}", *(f"  {finding}" for finding in findings)]
    return text, sum(map(len, found.values())), 0


def run(repository: Repository) -> dict[str, list[Finding]]:
    """Findings by check, sorted. cfn-lint runs in processes of its own, in parallel to the other checks."""
    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(_sorted, check, repository) for name, check in CHECKS.items()}
        return {name: future.result() for name, future in futures.items()}


def _sorted(check: Check, repository: Repository) -> list[Finding]:
    return sorted(set(check(repository)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
