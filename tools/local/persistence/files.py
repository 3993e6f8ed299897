"""The files of the saved state: a snapshot, and a file of changes for each later save.

`snapshot.jsonl` holds the state at one moment, with that moment's number; `changes/{number}.jsonl` holds the changes
between a moment and the previous one. A file is written under another name, synced, and then renamed, so it is complete
or absent. If the last file of changes is incomplete all the same after a crash of the machine, it is skipped with a
warning.

Each line is a JSON list: `number`, then `service` (name, state), `part` (name, whether it replaces the earlier rows),
`rows` (of the preceding part; `tagged` where they are not plain JSON), `gone` (name of a part), and finally `end`.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tools.local.home import LocalCloudError
from tools.local.persistence.parts import Part

log = logging.getLogger("local.saving")

SNAPSHOT = "snapshot.jsonl"
CHANGES = "changes"
ROWS_PER_LINE = 200

Encode = Callable[[Any], str]
Decode = Callable[[str], Any]


@dataclass(frozen=True)
class Moment:
    """The state to save, at one moment."""

    number: int
    services: Callable[[], Mapping[str, Any]]
    parts: Mapping[str, Part]
    unchanged: frozenset[str] = frozenset()
    """Services that are certainly as they were at the previous moment."""


@dataclass
class Saved:
    """The content of the files."""

    number: int = 0
    services: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)


class Files:
    """The files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.snapshot = folder / SNAPSHOT
        self._changes = folder / CHANGES

    # --- writing: any process, to a file of its own ---

    def write_everything(self, moment: Moment, encode: Encode) -> dict[str, str]:
        """Write a snapshot beside the present one, and return the digest of each service."""
        encoded = {name: encode(state) for name, state in moment.services().items()}
        parts = ((name, True, part.everything()) for name, part in moment.parts.items())
        self._write(self._fresh_snapshot(moment.number), lines(moment.number, encoded, parts, (), encode))
        return {name: digest(text) for name, text in encoded.items()}

    def write_changes(
        self, moment: Moment, encode: Encode, known: Mapping[str, str], gone: Iterable[str]
    ) -> dict[str, Any]:
        """Write the changes: services whose digest differs from the known one, and the changed rows of each part."""
        as_before = {name: known[name] for name in moment.unchanged if name in known}
        encoded = {name: encode(state) for name, state in moment.services().items() if name not in as_before}
        digests = as_before | {name: digest(text) for name, text in encoded.items()}
        differing = {name: text for name, text in encoded.items() if known.get(name) != digests[name]}
        parts = ((name, part.complete, part.changed()) for name, part in moment.parts.items())
        self._changes.mkdir(mode=0o700, exist_ok=True)
        size = self._write(self._fresh_changes(moment.number), lines(moment.number, differing, parts, gone, encode))
        return {"digests": digests, "bytes": size}

    def _write(self, file: Path, content: Iterable[str]) -> int:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.writelines(content)
            handle.flush()
            os.fsync(handle.fileno())
            return handle.tell()

    # --- committing: one process, one save at a time ---

    def commit_changes(self, number: int) -> None:
        self._fresh_changes(number).replace(self._changes / f"{number:012}.jsonl")

    def commit_everything(self, number: int) -> int:
        """Replace the snapshot and delete the changes that it contains. Returns its size."""
        self._fresh_snapshot(number).replace(self.snapshot)
        for file in self._numbered():
            if int(file.stem) <= number:
                file.unlink()
        return self.snapshot.stat().st_size

    def clear_unfinished(self) -> None:
        """Delete files that a killed process was writing."""
        for file in (*self._folder.glob("*.new"), *self._changes.glob("*.new")):
            file.unlink()

    def sizes(self) -> tuple[int, int, int]:
        """Bytes of the snapshot, number of files of changes, bytes of these."""
        snapshot = self.snapshot.stat().st_size if self.snapshot.exists() else 0
        changes = [file.stat().st_size for file in self._numbered()]
        return snapshot, len(changes), sum(changes)

    def _fresh_snapshot(self, number: int) -> Path:
        return self._folder / f"snapshot-{number}.new"

    def _fresh_changes(self, number: int) -> Path:
        return self._changes / f"{number}.new"

    def _numbered(self) -> list[Path]:
        return sorted(self._changes.glob("*.jsonl"), key=lambda file: int(file.stem))

    # --- reading ---

    def read(self, decode: Decode) -> Saved:
        """The saved state; empty when nothing was saved."""
        saved = Saved()
        if self.snapshot.exists():
            read_into(saved, self.snapshot, decode)
        later = [file for file in self._numbered() if int(file.stem) > saved.number]
        for file in later:
            try:
                read_into(saved, file, decode)
            except LocalCloudError:
                if file is not later[-1]:
                    raise
                log.warning("the last save, %s, is incomplete and is skipped", file)
                file.unlink()
        return saved


def lines(
    number: int,
    services: Mapping[str, str],
    parts: Iterable[tuple[str, bool, Iterable[tuple[str, Any]]]],
    gone: Iterable[str],
    encode: Encode,
) -> Iterator[str]:
    """The lines of a file."""
    yield f'["number",{number}]\n'
    for name, text in services.items():
        yield f'["service",{json.dumps(name)},{text}]\n'
    for name in gone:
        yield f'["gone",{json.dumps(name)}]\n'
    for name, complete, rows in parts:
        remaining = iter(rows)
        chunk = list(islice(remaining, ROWS_PER_LINE))
        if complete or chunk:
            yield f'["part",{json.dumps(name)},{json.dumps(complete)}]\n'
        while chunk:
            try:
                yield f'["rows",{json.dumps(chunk, separators=(",", ":"))}]\n'
            except TypeError:
                yield f'["tagged",{encode(chunk)}]\n'
            chunk = list(islice(remaining, ROWS_PER_LINE))
    yield '["end"]\n'


def read_into(saved: Saved, file: Path, decode: Decode) -> None:
    """Apply one file to what was read before it. A damaged file raises LocalCloudError and changes nothing."""
    try:
        content = [read_line(line, decode) for line in file.read_text("utf-8").splitlines()]
        if not content or content[0][0] != "number" or content[-1] != ["end"]:
            raise ValueError("incomplete")  # noqa: TRY301 - every damage is handled alike
        services = {line[1]: line[2] for line in content if line[0] == "service"}
        if not all(isinstance(state, dict) for state in services.values()):
            raise TypeError("a service's state is not an object")  # noqa: TRY301 - as above
        number = int(content[0][1])
    except (ValueError, RecursionError, LookupError, TypeError):
        raise LocalCloudError(f"{file} is damaged; `make run FRESH=1` starts without it") from None
    rows: dict[str, Any] = {}
    for line in content:
        if line[0] == "gone":
            saved.parts.pop(line[1], None)
        elif line[0] == "part":
            if line[2]:
                saved.parts[line[1]] = {}
            rows = saved.parts.setdefault(line[1], {})
        elif line[0] in ("rows", "tagged"):
            for key, value in line[1]:
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
    saved.services.update(services)
    saved.number = number


def read_line(line: str, decode: Decode) -> Any:
    """Decode a line. Rows are users' data and are decoded without tags."""
    return decode(line) if line.startswith(('["service"', '["tagged"')) else json.loads(line)


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
