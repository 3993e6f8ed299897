"""Generated files are up to date: types, catalogue, map, and the roles that deploy services."""

from collections.abc import Iterator

from tools import ROOT
from tools.check.rules.findings import Finding, Repository
from tools.events.generate import COMMAND, PAGE, stale
from tools.pipeline import rights
from tools.project.problems import Problem


def check_generated(repository: Repository) -> Iterator[Finding]:
    if PAGE.as_posix() not in repository.files:
        return  # a part of a checkout, as in some tests
    try:
        old = [path.as_posix() for path in stale(repository.root)]
    except (Problem, AttributeError, KeyError, TypeError, ValueError) as error:
        # Probably an invalid schema or template: their checks report more.
        yield Finding(
            PAGE.as_posix(), 1, f"cannot be generated: {str(error)[:200]}", "correct what the other checks report"
        )
        return
    for path in old:
        yield Finding(path, 1, "differs from what the schemas and templates generate", f"run `.venv/bin/{COMMAND}`")
    yield from _roles(repository)


def _roles(repository: Repository) -> Iterator[Finding]:
    if repository.root != ROOT:
        return  # a part of a checkout, as in some tests
    try:
        old = [path.relative_to(ROOT).as_posix() for path in rights.stale()]
    except Problem as problem:
        yield Finding("tools/pipeline/rights.yaml", 1, str(problem), "")
        return
    for path in old:
        yield Finding(path, 1, "differs from what the service's template needs", f"run `.venv/bin/{rights.COMMAND}`")
