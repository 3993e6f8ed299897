"""A mapping that records which of its keys are read.

A provisioner gets it instead of a resource's properties, and afterwards it knows which keys were never read. A nested
value that outlives the provisioner was stored and counts as read completely, since it may be read later. So call
`Notes.unread` after the caller released the recording.
"""

import copy
import weakref
from collections.abc import Iterator
from typing import Any


class Notes:
    """The notes of one mapping or list. They are separate from it, so that they outlive the mapping."""

    def __init__(self) -> None:
        self.requested: list[str] = []
        self.keys: tuple[str, ...] = ()
        self.texts: dict[str, str] = {}
        self.read: set[str] = set()
        self.children: list[tuple[str, Notes]] = []
        self.owner: weakref.ref[Any] | None = None

    def unread(self) -> list[str]:
        """Dotted paths of unread properties, without list positions, in order and once each.

        Items of a list are alike: a property that was read in one item counts as read.
        """
        seen = list(self._paths(""))
        read = {path for path, was_read in seen if was_read}
        return [path for path in dict.fromkeys(path for path, _ in seen) if path not in read]

    def _is_read_completely(self) -> bool:
        return self.owner is not None and self.owner() is not None

    def _paths(self, prefix: str) -> Iterator[tuple[str, bool]]:
        for key in self.keys:
            yield prefix + key, key in self.read
        for name, child in self.children:
            if name in self.read and not child._is_read_completely():  # an unread value is reported without its parts
                yield from child._paths(f"{prefix}{name}.")


class _RecordingList(list[Any]):
    """A list whose items record their reads. The list itself is never partly read."""


class Recording(dict[str, Any]):
    """Properties of a resource that record their reads."""

    def __init__(self, properties: dict[str, Any]) -> None:
        self.notes = Notes()
        super().__init__({key: _record(value, key, self.notes) for key, value in properties.items()})
        self.notes.keys = tuple(str(key) for key in properties)
        self.notes.texts = {key: value for key, value in properties.items() if isinstance(value, str)}
        self.notes.requested = list(dict.fromkeys(paths(properties)))
        self.notes.owner = weakref.ref(self)

    def __getitem__(self, key: str) -> Any:
        self.notes.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.notes.read.add(key)
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        self.notes.read.add(key)
        return super().pop(key, *default)

    def __contains__(self, key: object) -> bool:
        self.notes.read.add(str(key))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        # Overridden so that dict(x), {**x} and update(x) call keys() and [] and are recorded.
        return super().__iter__()

    def items(self) -> Any:
        self.notes.read.update(self.notes.keys)
        return super().items()

    def values(self) -> Any:
        self.notes.read.update(self.notes.keys)
        return super().values()

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        self._read_all()
        return {key: copy.deepcopy(value, memo) for key, value in dict.items(self)}

    def _read_all(self) -> None:
        self.notes.read.update(self.notes.keys)

    def __reduce__(self) -> tuple[Any, ...]:
        self._read_all()
        return dict, (list(dict.items(self)),)


def paths(properties: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted path of a value without list positions: `Targets`, `Targets.RetryPolicy`.

    A value set to false is left out.
    """
    if isinstance(properties, dict):
        for key, value in properties.items():
            if value is not False and value != "false":
                yield f"{prefix}{key}"
                yield from paths(value, f"{prefix}{key}.")
    elif isinstance(properties, list):
        for item in properties:
            yield from paths(item, prefix)


def _record(value: Any, key: str, notes: Notes) -> Any:
    if isinstance(value, dict):
        child = Recording(value)
        notes.children.append((key, child.notes))
        return child
    if isinstance(value, list):
        items = _RecordingList()
        for item in value:
            items.append(_record(item, key, notes))
        return items
    return value
