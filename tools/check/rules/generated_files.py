"""What is generated from the contracts is as they say: types, catalogue, map."""

from collections.abc import Iterator

from tools.check.rules.findings import Finding, Repository
from tools.events.generate import COMMAND, PAGE, stale
from tools.project.problems import Problem


def check_generated(repository: Repository) -> Iterator[Finding]:
    if PAGE.as_posix() not in repository.files:
        return  # a part of a checkout, as some tests have
    try:
        old = [path.as_posix() for path in stale(repository.root)]
    except (Problem, AttributeError, KeyError, TypeError, ValueError) as error:
        # Most likely a schema or a template that is no sound one: the checks of those say more.
        yield Finding(PAGE.as_posix(), 1, f"cannot be generated: {str(error)[:200]}", "mend what other checks report")
        return
    for path in old:
        yield Finding(path, 1, "is not what the schemas and templates say", f"run `.venv/bin/{COMMAND}`")
