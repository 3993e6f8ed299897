"""Accepted work that is not finished. It survives a stop, and a kill at any moment.

Pending work is a part of the cloud's snapshots. Work accepted between two snapshots is also appended to a journal
before the caller gets its answer. After a kill the work in the journal is done again, since its effects may be lost
with the state: at least once, as on AWS. A journal is deleted when a snapshot taken after it is on the disk.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Pending:
    """Work by id. Each piece is a kind and a JSON object, which must not be changed. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._folder: Path | None = None
        self._number = 0
        self._journal: int | None = None

    def accept(self, work_id: str, kind: str, state: Mapping[str, Any], *, journal: bool) -> None:
        """Accept a piece of work. `journal` is false if the work's cause is in the journal already."""
        line = json.dumps([work_id, kind, state], separators=(",", ":")) if journal else ""
        with self._lock:
            self._work[work_id] = kind, state
            if journal and self._folder is not None:
                self._write(line)

    def change(self, work_id: str, kind: str, state: Mapping[str, Any]) -> None:
        with self._lock:
            self._work[work_id] = kind, state

    def finish(self, work_id: str) -> None:
        with self._lock:
            self._work.pop(work_id, None)

    def get(self, work_id: str) -> tuple[str, Mapping[str, Any]]:
        with self._lock:
            return self._work[work_id]

    def all(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Id, kind and state of each piece, in the order of acceptance."""
        with self._lock:
            return [(work_id, kind, state) for work_id, (kind, state) in self._work.items()]

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> dict[str, Any]:
        with self._lock:
            if self._journal is not None:
                os.close(self._journal)
                self._journal = None
                self._number += 1
            work = [[work_id, kind, state] for work_id, (kind, state) in self._work.items()]
            return {"journal": self._number, "work": work}

    def load_persisted_state(self, data: Mapping[str, Any]) -> None:
        with self._lock:
            self._number = data["journal"]
            for piece in data["work"]:
                # Older versions saved each piece as a text.
                self._take(json.loads(piece) if isinstance(piece, str) else piece)

    def _take(self, piece: Sequence[Any]) -> None:
        work_id, kind, state = piece
        self._work[work_id] = kind, state

    def reset(self) -> None:
        with self._lock:
            self._work.clear()

    # --- the journal ---

    def open(self, folder: Path) -> None:
        """Load the work in the journals of `folder` that is newer than the loaded state, and write there from
        now on."""
        folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock:
            self._folder = folder
            for number in self._numbers():
                if number >= self._number:
                    for line in complete_lines((folder / f"{number}.jsonl").read_bytes()):
                        self._take(json.loads(line))
            # The loaded work stays in its journal until a snapshot holds it.
            self._number = max([self._number, *(number + 1 for number in self._numbers())])

    def drop_journals(self, before: int) -> None:
        """Delete the journals that a snapshot on the disk has replaced."""
        with self._lock:
            if self._folder is not None:
                for number in self._numbers():
                    if number < before:
                        (self._folder / f"{number}.jsonl").unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        assert self._folder is not None  # noqa: S101 - for the type checker
        return sorted(int(file.stem) for file in self._folder.glob("*.jsonl"))

    def _write(self, line: str) -> None:
        assert self._folder is not None  # noqa: S101 - for the type checker
        if self._journal is None:
            file = self._folder / f"{self._number}.jsonl"
            self._journal = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        # One call, so that a kill leaves complete lines and at most one incomplete last line.
        os.write(self._journal, line.encode() + b"\n")


def complete_lines(content: bytes) -> list[str]:
    """The complete lines of a journal. An incomplete last line was being written when the process was killed."""
    return content.decode("utf-8", "replace").split("\n")[:-1]
