"""The schemas at another revision of the checkout, which changes are compared with."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError

from tools.events.catalogue import COMMON
from tools.events.schema import whole

# `origin/HEAD` is the main branch if it has another name.
MAIN = ("origin/main", "origin/HEAD", "main", "master")


class NoBase(Exception):
    """There is no revision to compare with; the message has the reason."""


class UnknownRevision(NoBase):
    """The given revision is not in this clone."""


@dataclass(frozen=True)
class Base:
    """(service, detail-type) -> the expanded schema at that revision. `remark`: what could not be compared."""

    revision: str
    schemas: Mapping[tuple[str, str], Mapping[str, Any]]
    remark: str = ""


def read_base(root: Path, asked: str = "") -> Base:
    """The given revision, else where this branch left the main branch, else the previous commit.

    Without a previous commit it is the current one. The remark has what could not be compared then. Raises NoBase in a
    clone without a commit, and in a folder that is no clone.
    """
    if not (root / ".git").exists():
        raise NoBase("this is no git clone")
    revision = _resolved(root, asked) if asked else _base(root)
    if not revision:
        raise UnknownRevision(f"there is no revision {asked} in this clone")
    remark = "" if asked or _main(root) else f"no branch {' or '.join(MAIN)} is here: only the last commit"
    files = _files(root, revision)
    common = files.pop(COMMON.as_posix(), {}).get("definitions", {})
    schemas = {
        (path.parts[0], path.stem): whole(schema, common)
        for path, schema in ((PurePosixPath(name), schema) for name, schema in files.items())
    }
    if (
        revision == _resolved(root, "HEAD")
        and not asked
        and _git(root, "rev-parse", "--is-shallow-repository") == "true\n"
    ):
        remark = "this clone has no history: only what is not committed"
    if not schemas:
        remark = f"there is no event in {revision[:12]}: nothing"
    return Base(revision, schemas, f"{remark} was compared" if remark else "")


def _base(root: Path) -> str:
    head = _resolved(root, "HEAD")
    if not head:
        raise NoBase("this clone has no commit")
    main = _main(root)
    left = (_git(root, "merge-base", head, main).strip() or main) if main else head
    if left != head:
        return left
    # On the main branch: the changes of the last commit, and those that are not committed.
    return _resolved(root, "HEAD^1") or head


def _main(root: Path) -> str:
    return next((found for found in (_resolved(root, name) for name in MAIN) if found), "")


def _files(root: Path, revision: str) -> dict[str, Any]:
    """Path -> document, of the event schemas and the common types at the revision, without invalid JSON."""
    listed = _git(root, "ls-tree", "-r", "--name-only", "-z", revision).split("\0")
    names = [name for name in listed if _is_schema(PurePosixPath(name)) or name == COMMON.as_posix()]
    asked = "".join(f"{revision}:{name}\n" for name in names).encode()
    answer = subprocess.run(
        ["git", "-C", root, "cat-file", "--batch"], input=asked, capture_output=True, check=True
    ).stdout
    found = {}
    for name in names:
        header, _, rest = answer.partition(b"\n")
        size = int(header.split()[-1])
        content, answer = rest[:size], rest[size + 1 :]
        try:
            document = json.loads(content)
        except ValueError:
            continue
        if isinstance(document, dict) and is_sound(document):
            found[name] = document
    return found


def _is_schema(path: PurePosixPath) -> bool:
    return len(path.parts) == 3 and path.parts[1] == "events" and path.suffix == ".json"


def is_sound(document: Mapping[str, Any]) -> bool:
    """Is the document a valid schema by draft 4's meta-schema?"""
    try:
        Draft4Validator.check_schema(document)
    except SchemaError:
        return False
    return True


def _resolved(root: Path, name: str) -> str:
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()


def _git(root: Path, *arguments: str) -> str:
    """The output of git; empty when it fails."""
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""
