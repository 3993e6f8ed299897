"""Saves the state in the background: the changes often, a new snapshot when the changes have become large.

A moment is taken on the event loop; a copy of the process encodes and writes it. A failed save changes nothing on the
disk, and the next save holds everything.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.local.persistence.files import Encode, Files, Moment, Saved
from tools.local.persistence.forked import Copy, CopyFailed
from tools.local.persistence.parts import Source

log = logging.getLogger("local.saving")

# A copy that takes longer than this hangs.
COPY_SECONDS = 120.0
# A new snapshot replaces the changes when they are twice as large as the old one, but not below this size.
COMPACT_BYTES = 16_000_000
COMPACT_FILES = 500
NICENESS = 10
NOT_COMPACTED = "no new snapshot could be written (%s); the changes are kept"


class Saver:
    """Saves one process's state to one folder."""

    def __init__(
        self,
        folder: Path,
        services: Callable[[], Callable[[], Mapping[str, Any]]],
        sources: list[Source],
        encode: Encode,
        unchanged: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """`services` takes the current state of every service. The function it returns runs where the state is
        encoded. `unchanged` names the services that are certainly as they were when it was last called."""
        self.files = Files(folder)
        self._unchanged = unchanged
        self._services, self._sources, self._encode = services, sources, encode
        self._taken = 0
        self._lock = threading.Lock()
        self._everything_next = True
        self._compaction: threading.Thread | None = None
        self._digests: dict[str, str] = {}
        self._parts: set[str] = set()
        self._snapshot_number = 0
        self._snapshot_bytes = self._changed_bytes = self._changed_files = 0
        self.on_saved: list[Callable[[int], None]] = []
        """Functions to call with the number of each moment that is on the disk."""

    @property
    def next_number(self) -> int:
        """The number of the next moment, or of the one that is being taken."""
        return self._taken + 1

    def continue_after(self, saved: Saved) -> None:
        """Continue after a start: the current state is what was read, and the next save holds the changes since."""
        self.files.clear_unfinished()
        self._taken, self._parts = saved.number, set(saved.parts)
        self._everything_next = not self.files.snapshot.exists()
        self._snapshot_bytes, self._changed_files, self._changed_bytes = self.files.sizes()
        for source in self._sources:
            source.loaded()

    def take(self) -> Moment:
        """Take the current state. Call it on the event loop, between requests."""
        parts = {name: part for source in self._sources for name, part in source.take().items()}
        moment = Moment(self.next_number, self._services(), parts, self._unchanged())
        self._taken = moment.number
        return moment

    def begin(self) -> Callable[[], None]:
        """Take a moment and let a copy save it. Call the returned function in a thread: it waits until the save is
        complete."""
        try:
            moment = self.take()
            if self._everything_next:
                everything = Copy(lambda: self.files.write_everything(moment, self._encode))
                return lambda: self._finish_everything(everything, moment)
            known, gone = dict(self._digests), sorted(self._parts - set(moment.parts))
            changes = Copy(lambda: self.files.write_changes(moment, self._encode, known, gone))
        except Exception:
            self._start_over()
            raise
        if self._should_compact():
            self._compact(moment)
        return lambda: self._finish_changes(changes, moment)

    def save_now(self) -> None:
        """Save everything in this process. Saves that are still being written cannot replace it."""
        moment = self.take()
        digests = self.files.write_everything(moment, self._encode)
        self._have_everything(moment, digests)

    def settle(self) -> None:
        """Wait until no new snapshot is being written beside the changes."""
        if self._compaction is not None:
            self._compaction.join()

    def _finish_everything(self, copy: Copy, moment: Moment) -> None:
        digests = copy.result(COPY_SECONDS)
        self._have_everything(moment, digests)

    def _have_everything(self, moment: Moment, digests: dict[str, str]) -> None:
        with self._lock:
            self._commit_everything(moment.number)
            self._everything_next = False
            self._digests, self._parts = digests, set(moment.parts)
        self._report(moment.number)

    def _finish_changes(self, copy: Copy, moment: Moment) -> None:
        try:
            written = copy.result(COPY_SECONDS)
            with self._lock:
                self.files.commit_changes(moment.number)
                self._digests, self._parts = written["digests"], set(moment.parts)
                self._changed_bytes += written["bytes"]
                self._changed_files += 1
        except (CopyFailed, OSError):
            self._start_over()
            raise
        self._report(moment.number)

    def _start_over(self) -> None:
        """A moment did not reach the disk and the sources no longer know its changes, so the next save holds
        everything."""
        self._everything_next = True
        for source in self._sources:
            source.forget()

    # --- a new snapshot beside the changes ---

    def _should_compact(self) -> bool:
        if self._compaction is not None and self._compaction.is_alive():
            return False
        large = self._changed_bytes > max(COMPACT_BYTES, 2 * self._snapshot_bytes)
        return large or self._changed_files > COMPACT_FILES

    def _compact(self, moment: Moment) -> None:
        try:
            copy = Copy(lambda: self.files.write_everything(moment, self._encode), niceness=NICENESS)
        except OSError as error:
            log.warning(NOT_COMPACTED, error)
            return
        size, count = self._changed_bytes, self._changed_files

        def finish() -> None:
            try:
                copy.result(COPY_SECONDS)
                with self._lock:
                    self._commit_everything(moment.number)
                    self._changed_bytes -= size
                    self._changed_files -= count
            except (CopyFailed, OSError) as error:
                log.warning(NOT_COMPACTED, error)

        self._compaction = threading.Thread(target=finish, name="saving: compact", daemon=True)
        self._compaction.start()

    def _commit_everything(self, number: int) -> None:
        if number > self._snapshot_number:
            self._snapshot_bytes = self.files.commit_everything(number)
            self._snapshot_number = number

    def _report(self, number: int) -> None:
        for report in self.on_saved:
            report(number)
