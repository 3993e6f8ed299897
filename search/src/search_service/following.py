"""The index of this execution environment, which follows the table.

Guarantee: an answer contains every change whose row was written a second before it was asked for, whatever the
environment did meanwhile: it asks the table for the versions above those it has, with a consistent read. A row gets its
version from the clock of its writer, up to some seconds before it is stored. So each question goes back by OVERLAP,
and what is known already is not read again.
"""

from collections.abc import Callable, Iterable

from search_service.index import Index
from search_service.repository import Rows
from search_service.rows import Row, entry_from_row
from search_service.snapshots import Snapshots

FRESH = 1_000  # milliseconds for which an index is not compared with the table
# A write lasts 8 s at most (`ecom.aws`); the rest is for clocks that differ.
OVERLAP = 30_000
# An index that was not compared for so long is read anew: rows of deleted products are kept for two days.
FORGOTTEN = 12 * 3_600_000


class Following:
    """`now` is the time in milliseconds since 1970."""

    def __init__(self, rows: Rows, snapshots: Snapshots, now: Callable[[], int]) -> None:
        self._rows, self._snapshots, self._now = rows, snapshots, now
        self._index: Index | None = None
        self._versions: dict[str, int] = {}
        self.compared_at = 0

    def index(self, at_least: int = 0) -> Index:
        """The index as the table was within the last second, and not before `at_least`. Raises TryAgain."""
        now = self._now()
        index = self._index
        if index is None or now - self.compared_at > FORGOTTEN:
            return self._load(now)
        if now - self.compared_at >= FRESH or self.compared_at < at_least:
            self._compare(index, self.compared_at, now)
        return index

    def _load(self, now: int) -> Index:
        snapshot = self._snapshots.latest(now)
        index, self._versions = Index(), {}
        self._apply(index, snapshot.rows if snapshot else self._rows.all())
        if snapshot:
            self._compare(index, snapshot.at, now)
        self._index, self.compared_at = index, now
        return index

    def _compare(self, index: Index, since: int, now: int) -> None:
        changed = self._rows.changed(since - OVERLAP)
        newer = [product_id for product_id, version in changed.items() if version > self._versions.get(product_id, 0)]
        self._apply(index, self._rows.get(newer).values() if newer else ())
        self.compared_at = now

    def _apply(self, index: Index, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.version <= self._versions.get(row.product_id, 0):
                continue
            entry = entry_from_row(row)
            if entry is None:
                index.remove(row.product_id)
            else:
                index.put(entry)
            self._versions[row.product_id] = row.version
