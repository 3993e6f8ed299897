"""Which services a commit changes, counted for each service from the last commit of it that the build stored."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline_service.commits import Revision
from tools import ROOT
from tools.project.problems import Problem

# A change of these changes what is deployed of every service, or how it is checked.
ALL = (
    "shared",
    "tools/deploy",
    "tools/project",
    "tools/setup.py",
    "requirements.lock",
    "environments.yaml",
    "Makefile",
    "conftest.py",
    "pyproject.toml",
)
# A text changes nothing that is deployed. `docs/` and the rest of `tools/` belong to no service.
TEXTS = (".md",)


@dataclass(frozen=True)
class Change:
    """Why a service is built."""

    service: str
    reason: str


class Repository:
    """The git repository of the checkout."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root

    def head(self) -> Revision:
        return self.revision("HEAD")

    def revision(self, name: str) -> Revision:
        """A commit by its name. Its number is that of commits on the way to it, without those of merged branches."""
        commit = self._git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        return Revision(int(self._git("rev-list", "--count", "--first-parent", commit)), commit)

    def subject(self) -> str:
        return self._git("log", "-1", "--format=%s")

    def contains(self, commit: str) -> bool:
        """Is the commit part of the history of HEAD? Not after a forced push."""
        return self._run("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0

    def changed_files(self, since: str) -> list[str]:
        return self._git("diff", "--name-only", "--no-renames", since, "HEAD").splitlines()

    def uncommitted(self) -> list[str]:
        return [line[3:] for line in self._git("status", "--porcelain").splitlines()]

    def archive(self, path: Path) -> None:
        """Write a zip of all files of HEAD."""
        self._git("archive", "--format=zip", "-1", f"--output={path}", "HEAD")

    def _git(self, *words: str) -> str:
        done = self._run(*words)
        if done.returncode:
            raise Problem(f"git {words[0]} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["git", *words], cwd=self._root, capture_output=True, text=True, check=False)


def changes(services: Iterable[str], stored: Mapping[str, Revision], repository: Repository) -> Iterator[Change]:
    """The services to build. `stored` has the revision of each service that the build stored last."""
    files: dict[str, list[str]] = {}
    for service in services:
        since = stored.get(service)
        if since is None:
            yield Change(service, "it was never built")
        elif not repository.contains(since.commit):
            yield Change(service, f"{since.commit[:8]}, which was built last, is not in the history of this commit")
        else:
            if since.commit not in files:
                files[since.commit] = repository.changed_files(since.commit)
            touching = [file for file in files[since.commit] if concerns(file, service)]
            if touching:
                more = f" and {len(touching) - 1} more" if len(touching) > 1 else ""
                yield Change(service, f"{touching[0]}{more} changed since {since.commit[:8]}")


def concerns(file: str, service: str) -> bool:
    path = PurePosixPath(file)
    if path.suffix in TEXTS:
        return False
    return any(path == PurePosixPath(each) or PurePosixPath(each) in path.parents for each in (service, *ALL))
