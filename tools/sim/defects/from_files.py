"""Defects that are not in the catalogue: `make simulate-score DEFECTS=mine.toml,other.patch`.

A file `.toml` has the form of the catalogue. A file `.patch` or `.diff` is one defect, as `git diff` prints it.
"""

import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tools.sim import modules
from tools.sim.defects import Change, Defect, DoesNotFit, of_group

GROUP_OF_PATCHES = "patches"


class InvalidDefects(Exception):
    """Files have no defects that can be planted in this tree. The text says why."""


def read(paths: Sequence[Path]) -> list[Defect]:
    """The defects of these files, each of which fits the tree. Raises InvalidDefects."""
    defects = [defect for path in paths for defect in _defects_in(path)]
    if not defects:
        raise InvalidDefects("no defect is given")
    names = [defect.name for defect in defects]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidDefects(f"two defects have one name: {', '.join(twice)}")
    return defects


def _defects_in(path: Path) -> list[Defect]:
    try:
        match path.suffix:
            case ".toml":
                defects = of_group(path)
            case ".patch" | ".diff":
                defects = [_of_patch(path)]
            case _:
                raise InvalidDefects(f"{path} is neither .toml nor .patch nor .diff")
        for defect in defects:
            defect.changed()
    except KeyError as error:
        raise InvalidDefects(f"{path}: a defect has no {error}; it needs about, file, text and replacement") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, DoesNotFit) as error:
        raise InvalidDefects(f"{path}: {error}") from error
    except (TypeError, ValueError) as error:  # a key that no defect has, or a value that is no table
        raise InvalidDefects(f"{path} does not have the form of tools/sim/defects/*.toml: {error}") from error
    return defects


def _of_patch(path: Path) -> Defect:
    """Git applies the patch to copies, and the defect replaces whole files. So a patch with outdated line numbers still
    fits."""
    patch = path.resolve()
    # `--check` also refuses paths outside of the tree, before a file is copied.
    counted = _git(modules.ROOT, path, "apply", "--check", "--numstat", "-z", str(patch))
    files = [entry.split("\t", 2)[2] for entry in filter(None, counted.split("\0"))]
    if added := [file for file in files if not (modules.ROOT / file).is_file()]:
        raise InvalidDefects(f"{path} adds or renames {added[0]}; a defect changes files")
    with tempfile.TemporaryDirectory(prefix="patch-") as folder:
        root = Path(folder).resolve()
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(modules.ROOT / file, root / file)
        _git(root, path, "apply", str(patch))
        if gone := [file for file in files if not (root / file).is_file()]:
            raise InvalidDefects(f"{path} deletes {gone[0]}; a defect changes files")
        changes = tuple(Change(file, (modules.ROOT / file).read_text(), (root / file).read_text()) for file in files)
    if all(change.text == change.replacement for change in changes):
        raise InvalidDefects(f"{path} changes no text")
    return Defect(path.stem, GROUP_OF_PATCHES, f"the patch {path.name}", changes)


def _git(root: Path, path: Path, *command: str) -> str:
    """What git prints in the folder `root` about the patch `path`."""
    # A temporary folder may be in a repository, to whose root the patch would be applied.
    variables = {**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)}
    done = subprocess.run(["git", *command], cwd=root, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InvalidDefects(f"{path}: {_last_error(done.stderr)}")
    return done.stdout


def _last_error(text: str) -> str:
    return next(iter(reversed(text.strip().splitlines())), "git apply failed")


def paths_of(text: str) -> Sequence[Path]:
    """The paths in a list with commas."""
    return [Path(each) for each in text.split(",") if each]
