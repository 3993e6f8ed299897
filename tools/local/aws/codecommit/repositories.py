"""The repositories: bare git repositories under the folder of the cloud, and what is known of their branches.

People push with git, to the path that GetRepository returns. `Watch` sees a moved branch and tells.
"""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from tools.local.aws.json_api import ApiError, Document
from tools.local.home import ACCOUNT, REGION

NAME = re.compile(r"[A-Za-z0-9._\-]{1,100}")
GIT_SECONDS = 120
_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"


def repository_arn(name: str) -> str:
    return f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{name}"


class Repositories:
    """The repositories of this cloud, in `folder`."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.lock = threading.RLock()
        self._folder, self._clock, self._new_id, self.on_change = folder, clock, new_id, on_change
        self.known: dict[str, Document] = {}

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> Document:
        with self.lock:
            return deepcopy(self.known)

    def load_persisted_state(self, data: Document) -> None:
        with self.lock:
            self.known = data

    def reset(self) -> None:
        with self.lock:
            self.known.clear()

    # --- repositories ---

    def create(self, name: str, description: str) -> Document:
        with self.lock:
            if not NAME.fullmatch(name) or name.endswith(".git"):
                raise ApiError("InvalidRepositoryNameException", f"{name} is not a valid name of a repository")
            if name in self.known:
                raise ApiError("RepositoryNameExistsException", f"Repository named {name} already exists")
            shutil.rmtree(self._path(name), ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)
            git(self._folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self._path(name)))
            now = self._clock()
            self.known[name] = {
                "id": self._new_id(),
                "name": name,
                "description": description,
                "created": now,
                "branches": {},
            }
            self.on_change()
            return self.known[name]

    def change(self, name: str, description: str) -> None:
        with self.lock:
            self.repository(name)["description"] = description
            self.on_change()

    def delete(self, name: str) -> None:
        with self.lock:
            self.known.pop(name, None)
            shutil.rmtree(self._path(name), ignore_errors=True)
            self.on_change()

    def repository(self, name: str) -> Document:
        found = self.known.get(name)
        if found is None:
            raise ApiError("RepositoryDoesNotExistException", f"{name} does not exist")
        return found

    def path(self, name: str) -> Path:
        """The bare repository; raises ApiError when it does not exist."""
        self.repository(name)
        return self._path(name)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.git"

    # --- branches and commits ---

    def branches(self, name: str) -> dict[str, str]:
        """Branch -> commit. The files of the repository are read without git, since this is done all the time."""
        found: dict[str, str] = {}
        path = self.path(name)
        packed = path / "packed-refs"
        if packed.exists():
            for line in packed.read_text().splitlines():
                commit, _, reference = line.partition(" ")
                if reference.startswith("refs/heads/"):
                    found[reference.removeprefix("refs/heads/")] = commit
        heads = path / "refs" / "heads"
        for file in heads.rglob("*"):
            if file.is_file() and file.suffix != ".lock":
                found[file.relative_to(heads).as_posix()] = file.read_text().strip()
        return found

    def branch(self, name: str, branch: str) -> str:
        commit = self.branches(name).get(branch)
        if not commit:
            raise ApiError("BranchDoesNotExistException", f"{name} has no branch {branch}")
        return commit

    def commit(self, name: str, commit: str) -> Document:
        """A commit as GetCommit shows it."""
        path = self.path(name)
        if not re.fullmatch(r"[0-9a-f]{7,40}", commit):
            raise ApiError("InvalidCommitIdException", f"{commit} is not the id of a commit")
        try:
            text = git(
                path, "show", "--no-patch", "--date=raw", f"--format={_COMMIT_FORMAT}", f"{commit}^{{commit}}"
            ).decode()
        except GitError:
            raise ApiError("CommitIdDoesNotExistException", f"{name} has no commit {commit}") from None
        full, tree, parents, *people, message = text.split("\0")
        return {
            "commitId": full,
            "treeId": tree,
            "parents": parents.split(),
            "message": message.rstrip("\n") + "\n",
            "author": dict(zip(("name", "email", "date"), people[:3], strict=True)),
            "committer": dict(zip(("name", "email", "date"), people[3:], strict=True)),
        }

    def archive(self, name: str, commit: str) -> bytes:
        """The files of a commit, without history."""
        return git(self.path(name), "archive", "--format=zip", commit)


class GitError(Exception):
    """A git command failed."""


def git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, timeout=GIT_SECONDS, check=False)
    if done.returncode:
        raise GitError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


class Watch:
    """Looks for branches that were created, moved or deleted, and puts AWS's events on the bus.

    The page "Monitoring CodeCommit events in Amazon EventBridge".
    """

    SECONDS = 0.5

    def __init__(
        self,
        repositories: Repositories,
        clock: Callable[[], float],
        put: Callable[[str, str, Document, list[str]], None],
        caller: str,
    ) -> None:
        self._repositories, self._clock, self._put, self._caller = repositories, clock, put, caller

    def step(self) -> float:
        """Look once. Returns the time of the next look."""
        for name in list(self._repositories.known):
            self._look(name)
        return self._clock() + self.SECONDS

    def _look(self, name: str) -> None:
        with self._repositories.lock:
            record = self._repositories.known.get(name)
            if record is None:
                return
            before, now = record["branches"], self._repositories.branches(name)
            if before == now:
                return
            record["branches"] = now
            self._repositories.on_change()
        for branch in sorted(before.keys() | now.keys()):
            old, new = before.get(branch), now.get(branch)
            if old != new:
                self._put(
                    "aws.codecommit",
                    "CodeCommit Repository State Change",
                    self._detail(record, branch, old, new),
                    [repository_arn(name)],
                )

    def _detail(self, record: Document, branch: str, old: str | None, new: str | None) -> Document:
        event = "referenceUpdated" if old and new else "referenceCreated" if new else "referenceDeleted"
        return {
            "callerUserArn": self._caller,
            "event": event,
            "referenceFullName": f"refs/heads/{branch}",
            "referenceName": branch,
            "referenceType": "branch",
            "repositoryId": record["id"],
            "repositoryName": record["name"],
            "commitId": new or old,
            **({"oldCommitId": old} if old and new else {}),
        }
