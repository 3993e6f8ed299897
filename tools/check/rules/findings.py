"""The findings of a check, and the repository that it checks."""

import fnmatch
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Ignored in a folder that is not a git checkout, as in tests.
_IGNORED = frozenset((
    ".git", ".venv", ".venv-sam", ".venv-scan", ".venv-load", ".venv-aws-cli", ".local", "build", "__pycache__",
))  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong, where, and what to do about it."""

    file: str
    line: int
    what: str
    todo: str
    # The one finding that this one and others follow from.
    cause: "Finding | None" = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" + (f" - {self.todo}" if self.todo else "")


@dataclass(frozen=True)
class Repository:
    """A checkout, or the part of it that belongs to some services."""

    root: Path
    files: tuple[str, ...]
    services: tuple[str, ...]  # all that exist
    chosen: tuple[str, ...]  # the services to check; with all services, all other files too
    base: str = ""  # the revision to compare events with, if one was given
    remarks: list[str] = field(default_factory=list, compare=False)  # what could not be checked, and why

    @classmethod
    def at(cls, root: Path, *chosen: str) -> "Repository":
        """Raises ValueError, with the possible names, when a chosen service does not exist."""
        files = tuple(sorted(_files(root)))
        services = tuple(sorted(p.parent.name for p in root.glob("*/metadata.yaml")))
        unknown = [name for name in chosen if name not in services]
        if unknown:
            raise ValueError(f"no service named {', '.join(unknown)}; known services: {', '.join(services)}")
        return cls(root, files, services, chosen or services)

    @property
    def is_complete(self) -> bool:
        return self.chosen == self.services

    def named(self, *patterns: str) -> Iterator[str]:
        """Paths from the root that fit a pattern (`*` crosses folders), in the chosen part."""
        for file in self.files:
            is_chosen = self.is_complete or file.split("/")[0] in self.chosen
            if is_chosen and any(fnmatch.fnmatchcase(file, pattern) for pattern in patterns):
                yield file

    def in_services(self, pattern: str) -> Iterator[tuple[str, str]]:
        """(service, path) for each chosen service and each of its files that fits the pattern below its folder."""
        for service in self.chosen:
            for file in self.files:
                if file.startswith(f"{service}/") and fnmatch.fnmatchcase(file[len(service) + 1 :], pattern):
                    yield service, file

    def text(self, file: str) -> str:
        return (self.root / file).read_text(encoding="utf-8", errors="replace")


def _files(root: Path) -> Iterator[str]:
    """Files that are, or could be, part of a commit."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if (root / ".git").exists() and listed.returncode == 0:
        yield from (name for name in set(listed.stdout.split("\0")) if name and (root / name).is_file())
        return
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if path.is_file() and not _IGNORED.intersection(parts):
            yield "/".join(parts)
