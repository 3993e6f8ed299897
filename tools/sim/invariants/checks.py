"""All invariants of a run: those of every write, and those of the quiet world."""

from collections import Counter
from typing import TYPE_CHECKING

from tools.sim.invariants.reading import Reading
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World


class Checks:
    def __init__(self, world: "World", book: "Book") -> None:
        self._world, self._book = world, book
        self.found: list[Violation] = []

    def quiet(self) -> None:
        pass

    def statuses(self) -> Counter[str]:
        return Counter(str(order.get("status")) for order in Reading(self._world).orders().values())
