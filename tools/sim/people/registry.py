"""The scripts that take part in a run. A service adds its people with a line here: see docs/simulator.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.sim.people.admin import Admin
from tools.sim.people.cart_owner import CartOwner
from tools.sim.people.cashier import Cashier
from tools.sim.people.person import Person
from tools.sim.people.shopper import Shopper
from tools.sim.people.staff import Deliverer, Packer

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings


@dataclass(frozen=True)
class Script:
    """`count` tells how many of them there are in a run with so many orders."""

    kind: str
    of: "Callable[[Surroundings, Book, str], Person]"
    count: Callable[[int], int]

    def names(self, orders: int) -> Sequence[str]:
        return [f"{self.kind}-{number}" for number in range(1, self.count(orders) + 1)]


SCRIPTS = (
    Script("shopper", Shopper, lambda orders: orders),
    Script("packer", Packer, lambda orders: 2 + orders // 100),
    Script("deliverer", Deliverer, lambda orders: 2 + orders // 100),
    Script("cashier", Cashier, lambda _: 2),
    Script("cart-owner", CartOwner, lambda orders: 2 + orders // 12),
)

__all__ = ["SCRIPTS", "Admin", "Script"]
