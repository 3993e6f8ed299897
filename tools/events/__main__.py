"""Contracts of events.

generate      write the files that are generated from the schemas and templates
count-tests   the same, with the number of tests in README.md
check         are all generated files up to date?
compare       list every change of an event since the main branch (or `--base REVISION`, or the variable BASE) with its
              consumers, and whether it breaks them or the producer; fails if one does
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import ROOT
from tools.events.base_revision import Base, NoBase, read_base
from tools.events.catalogue import consumers_of, read_events
from tools.events.compare import Breaks, compare
from tools.events.figures import collected_tests
from tools.events.generate import COMMAND, stale, write
from tools.project.problems import Problem
from tools.project.services import of_platform


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.events", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("generate", "count-tests", "check", "compare"))
    parser.add_argument("--base", default=os.environ.get("BASE", ""), metavar="REVISION")
    asked = parser.parse_args(argv)
    try:
        if asked.verb == "compare":
            return print_changes(ROOT, asked.base)
        if asked.verb in ("generate", "count-tests"):
            tests = collected_tests() if asked.verb == "count-tests" else None
            print(f"contracts: {written(write(tests=tests))}")
            return 0
        old = [str(path) for path in stale()]
    except (Problem, NoBase) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    if old:
        sys.stderr.write(f"error: out of date: {', '.join(old)}; run `.venv/bin/{COMMAND}`\n")
    return 1 if old else 0


def written(changed: Sequence[Path], root: Path = ROOT) -> str:
    """The changed files in words. A file that does not exist any more was removed."""
    parts = [
        f"{verb} {', '.join(str(path) for path in changed if (root / path).exists() is exists)}"
        for verb, exists in (("wrote", True), ("removed", False))
        if any((root / path).exists() is exists for path in changed)
    ]
    return "; ".join(parts) or "everything is up to date"


def print_changes(root: Path, revision: str) -> int:
    """Print a line for each change of an event. Returns 1 if `make lint` refuses one of them."""
    base = read_base(root, revision)
    lines = list(_changes(base, root))
    stopped = sum(breaks is not Breaks.NOTHING for _, breaks in lines)
    counted = "1 change" if len(lines) == 1 else f"{len(lines)} changes"
    print(f"compared with {base.revision[:12]}: {counted}, {stopped} of them breaking")
    if base.remark:
        print(f"note: {base.remark}")
    for line, _ in lines:
        print(f"  {line}")
    return 1 if stopped else 0


def _changes(base: Base, root: Path) -> Iterator[tuple[str, Breaks]]:
    services = of_platform(root)
    events = {(event.service, event.name): event for event in read_events(root, services)}
    consumers = consumers_of(services.values())
    for key in sorted(base.schemas.keys() | events.keys()):
        waiting = ", ".join(consumers.get(key, ()))
        name = f"{key[1]} of {key[0]}"
        if key not in events:
            breaks = Breaks.CONSUMERS if waiting else Breaks.NOTHING
            yield f"{name} was deleted: {breaks.value}{f': {waiting}' if waiting else ', no rule names it'}", breaks
        elif key not in base.schemas:
            yield f"{name} is new: {Breaks.NOTHING.value}", Breaks.NOTHING
        else:
            for change in compare(base.schemas[key], events[key].whole):
                yield f"{name} (read by {waiting or 'no service'}): {change}", change.breaks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
