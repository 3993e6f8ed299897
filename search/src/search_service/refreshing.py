"""The rows of products, as the catalogue and the warehouse have these products now.

Guarantee: what is written is never older than what was read of a product before its row was read. Each row is read
first, then the product and its level, consistently; then the row is written if it is still the one that was read. An
event is only a hint, so repeated, late and contradicting ones do no harm.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ecom.backoff import Backoff
from search_service.errors import TooManyChanges
from search_service.repository import Rows
from search_service.rows import Row, row_now


class Catalogue(Protocol):
    def find(self, product_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]: ...


class Levels(Protocol):
    def of(self, product_ids: list[str]) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A row, and what it is to be."""

    before: Row | None
    after: Row

    @property
    def is_one(self) -> bool:
        """A row that does not exist and one of a deleted product say the same."""
        return not self.after.says(self.before or Row(self.after.product_id, 0))


class Refreshing:
    """`now` is the time in milliseconds since 1970."""

    def __init__(
        self, rows: Rows, catalogue: Catalogue, levels: Levels, now: Callable[[], int], backoff: Backoff | None = None
    ) -> None:
        self._rows, self._catalogue, self._levels, self._now = rows, catalogue, levels, now
        self._backoff = backoff or Backoff(max_attempts=8)

    def refresh(self, product_id: str) -> Row:
        """Write the product's row, also when it stays the same: a writer who has read an older product, and has not
        written yet, must not find the row that it read. Raises TryAgain."""
        for _ in self._backoff.attempts():
            (found,) = self.compare([product_id])
            if self._rows.write(found.after, found.before):
                return found.after
        raise TooManyChanges

    def compare(self, product_ids: list[str]) -> list[Difference]:
        """Each of at most 50 products, whether or not its row says what is true."""
        before = self._rows.get(product_ids)
        products = self._catalogue.find(product_ids)
        levels = self._levels.of([each for each in product_ids if each in products])
        now = self._now()
        return [
            Difference(before.get(each), row_now(before.get(each), each, products.get(each), levels.get(each, ""), now))
            for each in product_ids
        ]

    def correct(self, product_ids: list[str]) -> list[Row]:
        """Write those of the rows that do not say what is true. The written ones. A row that was changed meanwhile was
        written from what is true later, and stays.

        The version of each is the time of its own write: those before it may take long, and a
        function that follows the table looks back for a limited time."""
        written = []
        for found in self.compare(product_ids):
            row = replace(found.after, version=max(found.after.version, self._now()))
            if found.is_one and self._rows.write(row, found.before):
                written.append(row)
        return written
