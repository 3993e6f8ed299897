"""Sources: no file is too long, and no comment leaves work for later."""

import re
from collections.abc import Iterator

from tools.check.rules.findings import Finding, Repository

MOST_LINES = 400
# Longer files, each with the reason.
LONGER: dict[str, str] = {}
# With brackets, so that this file does not match.
_PROMISE = re.compile(r"\b(T[O]DO|FI[X]ME|X[X]X|HA[C]K)\b")
_TEXTS = ("*.py", "*.yaml", "*.yml", "*.md", "*.toml", "*.mk", "*Makefile", "*.graphql", "*.js", "*.sh", ".ci/*")


def check_sources(repository: Repository) -> Iterator[Finding]:
    for file in repository.named(*_TEXTS):
        lines = repository.text(file).splitlines()
        if file.endswith(".py") and len(lines) > MOST_LINES and file not in LONGER:
            yield Finding(file, len(lines), f"has {len(lines)} lines, more than {MOST_LINES}", "split it by topic")
        for number, line in enumerate(lines, start=1):
            found = _PROMISE.search(line)
            if found:
                yield Finding(file, number, f"{found[0]} in the source", "do it, or open an issue")
    for file in LONGER:
        if repository.is_complete and file not in repository.files:
            yield Finding(
                "tools/check/rules/sources.py", 1, f"exempts {file}, which does not exist", "remove the exemption"
            )
