"""Planted defects: a guard of the platform removed, in a process or in a copy of the tree. No file here is changed.

Each file `{group}.toml` beside this one has a table for each defect. Others are read from files too: `from_files`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.sim import modules

FOLDER = Path(__file__).parent


class DoesNotFit(Exception):
    """The text of a defect does not occur exactly once in its file, or the file is no file of the repository."""


@dataclass(frozen=True, slots=True)
class Change:
    """In a file, a text that occurs there exactly once becomes another."""

    file: str
    text: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Defect:
    """`found_by_test` is `path::name` of a test that finds what no run can show, and `reason` says why none can."""

    name: str
    group: str
    about: str
    changes: tuple[Change, ...]
    found_by_test: str = ""
    reason: str = ""

    def changed(self) -> dict[str, str]:
        """The changed files by their paths, with their new texts. Raises DoesNotFit."""
        texts: dict[str, str] = {}
        for change in self.changes:
            if Path(change.file).is_absolute() or ".." in Path(change.file).parts:
                raise DoesNotFit(f"{self.name}: {change.file} is no path inside the repository")
            source = texts.get(change.file) or (modules.ROOT / change.file).read_text()
            if (count := source.count(change.text)) != 1:
                raise DoesNotFit(f"{self.name}: its text occurs {count} times in {change.file}")
            texts[change.file] = source.replace(change.text, change.replacement)
        return texts


def catalogue() -> list[Defect]:
    """All defects, by group and in the order of the files."""
    return [defect for path in sorted(FOLDER.glob("*.toml")) for defect in of_group(path)]


def of_group(path: Path) -> list[Defect]:
    """The defects of one file, whose group has its name."""
    return [_defect(name, path.stem, entry) for name, entry in tomllib.loads(path.read_text()).items()]


def _defect(name: str, group: str, entry: Mapping[str, Any]) -> Defect:
    """Several changes are the tables `change`; of a single one, its three texts stand in the defect's own table."""
    rest = dict(entry)
    listed = rest.pop("change", None) or [{key: rest.pop(key) for key in ("file", "text", "replacement")}]
    return Defect(name=name, group=group, changes=tuple(Change(**each) for each in listed), **rest)
