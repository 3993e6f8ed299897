"""Contracts of events.

generate   write what is generated from the schemas and templates
check      is everything that is generated as it must be?
compare    every change of an event since the main branch (or `--base REVISION`), and whom it breaks
"""

import argparse
import sys
from collections.abc import Iterator

from tools.contracts.base import NoBase, read_base
from tools.contracts.compare import compare
from tools.contracts.events import read_events
from tools.contracts.generated import COMMAND, stale, write
from tools.documents import ROOT
from tools.problems import Problem


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.contracts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("generate", "check", "compare"))
    parser.add_argument("--base", default="", metavar="REVISION")
    asked = parser.parse_args(argv)
    try:
        if asked.verb == "compare":
            print(*compared(asked.base), sep="\n")
            return 0
        if asked.verb == "generate":
            changed = [str(path) for path in write()]
            print(f"contracts: wrote {', '.join(changed)}" if changed else "contracts: everything is up to date")
            return 0
        old = [str(path) for path in stale()]
    except (Problem, NoBase) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    if old:
        sys.stderr.write(f"error: out of date: {', '.join(old)}; run `{COMMAND}`\n")
    return 1 if old else 0


def compared(revision: str) -> Iterator[str]:
    """A line for each change, with the consumers of the event."""
    base = read_base(ROOT, revision)
    events = {(event.service, event.name): event for event in read_events()}
    yield f"compared with {base.revision[:12]}:"
    for key in sorted(base.schemas.keys() | events.keys()):
        event = events.get(key)
        name = f"{key[1]} of {key[0]}"
        if event is None or key not in base.schemas:
            yield f"  {name} {'is gone' if event is None else 'is new'}"
            continue
        readers = f" (read by {', '.join(event.consumers)})" if event.consumers else ""
        yield from (f"  {name}{readers}: {change}" for change in compare(base.schemas[key], event.whole))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
