"""The large parts of the state, of which a save holds only the changes.

A part is a table's items, or a list that only grows: thousands of rows, of which a few change between two saves.
Smaller state is saved completely when it changed, and is not a part.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Row = tuple[str, Any]
"""Key and value. The value None means that the row was removed."""


@dataclass(frozen=True)
class Part:
    """One part at the moment of a save. The functions run in a copy of the process and may refer to live objects."""

    complete: bool
    """Whether `changed` returns all rows, so that the rows saved earlier no longer count."""
    changed: Callable[[], Iterable[Row]]
    everything: Callable[[], Iterable[Row]]


def part_name(kind: str, *scope: str) -> str:
    return json.dumps([kind, *scope])


class Source(Protocol):
    """A source of parts."""

    def take(self) -> dict[str, Part]:
        """All parts by name, with the changes since the last call. Call it on the event loop, between requests."""
        ...

    def forget(self) -> None:
        """The changes of the last `take` did not reach the disk: the next `take` returns everything."""
        ...

    def loaded(self) -> None:
        """The current content was read from the disk. A source may regard it as saved, or save it again."""
        ...


@dataclass(frozen=True)
class _Mark:
    """How much of a list was saved: its last entry, the number of its first entry, and its length."""

    last: Any
    first_number: int
    length: int


class GrowingLists:
    """Lists whose entries never change: new entries are appended, old ones are removed from the front."""

    def __init__(self) -> None:
        self._marks: dict[str, _Mark] = {}

    def take(self, lists: dict[str, list[Any]]) -> dict[str, Part]:
        """The parts of these lists. Lists that are no longer given are forgotten."""
        self._marks = {name: mark for name, mark in self._marks.items() if name in lists}
        return {name: self._take(name, entries) for name, entries in lists.items()}

    def forget(self) -> None:
        self._marks.clear()

    def loaded(self, lists: dict[str, list[Any]], first_numbers: Mapping[str, int]) -> None:
        """These lists were read from the disk, where their first entries have these numbers."""
        self._marks = {
            name: _Mark(entries[-1], first_numbers[name], len(entries))
            for name, entries in lists.items()
            if entries and name in first_numbers
        }

    def _take(self, name: str, entries: list[Any]) -> Part:
        mark = self._marks.get(name)
        known = _index_of(entries, mark.last) if mark else None
        if mark is None or known is None:
            first, complete, new, gone = 0, True, 0, 0
        else:
            gone = mark.length - 1 - known
            first, complete, new = mark.first_number + gone, False, known + 1
        if entries:
            self._marks[name] = _Mark(entries[-1], first, len(entries))
        else:
            self._marks.pop(name, None)
        length = len(entries)

        def numbered(start: int) -> list[Row]:
            return [(number_key(first + place), entries[place]) for place in range(start, length)]

        def changed() -> list[Row]:
            return [*((number_key(first - place), None) for place in range(gone, 0, -1)), *numbered(new)]

        return Part(complete, changed, lambda: numbered(0))


def _index_of(entries: list[Any], wanted: Any) -> int | None:
    """The position of this very object, searched from the end."""
    for place in range(len(entries) - 1, -1, -1):
        if entries[place] is wanted:
            return place
    return None


def number_key(number: int) -> str:
    """A key that sorts like its number."""
    return f"{number:012}"


def first_number(rows: Mapping[str, Any]) -> int:
    """The number of the first entry of a saved list."""
    return int(min(rows))


def in_order(rows: Mapping[str, Any]) -> list[Any]:
    """The entries of a saved list."""
    return [rows[key] for key in sorted(rows)]
