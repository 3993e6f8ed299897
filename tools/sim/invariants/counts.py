"""K2: what the admin counts is what is stored, and later the units add up to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecom.dynamo_values import Item
from tools.sim.environments import Environment
from tools.sim.invariants.reading import Reading
from tools.sim.invariants.violation import Violation
from tools.sim.scheduler import NoTask

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

COUNTING = "warehouse-graphql-set-stock"


class Counts:
    """Hears of each write of stock, and notes those of counting in the book."""

    def __init__(self, world: "World", book: "Book", found: Callable[[Violation], None]) -> None:
        self._world, self._book, self._found = world, book, found

    def note(self, product: str, row: Item) -> None:
        if not self._is_counting():
            return
        reading = Reading(self._world)
        units = reading.stock()[product]
        on_hand = units["available"] + units["reserved"]
        self._book.counted[product] = on_hand, reading.left()[product]
        # A product in shards is counted by difference, while units may leave.
        if (
            row["id"] == f"stock#{product}"
            and "shards" not in row
            and on_hand not in self._book.counts.get(product, ())
        ):
            self._found(Violation("K2", f"{on_hand} of {product} on hand after a count that was another", product))

    def _is_counting(self) -> bool:
        try:
            owner = self._world.scheduler.current().owner
        except NoTask:
            return False
        return isinstance(owner, Environment) and owner.function.name.endswith(COUNTING)
