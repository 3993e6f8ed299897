"""The scripts that take part in a run. A service adds its people with a line here: see docs/simulator.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.sim.people.cart_owner import CartOwner
from tools.sim.people.cashier import Cashier
from tools.sim.people.checkout_shopper import CheckoutShopper
from tools.sim.people.clerk import Clerk
from tools.sim.people.merchant import Merchant
from tools.sim.people.partner import Partner
from tools.sim.people.person import Person
from tools.sim.people.reader import Reader
from tools.sim.people.regular import Regular
from tools.sim.people.returner import Returner
from tools.sim.people.shopper import Shopper
from tools.sim.people.staff import Deliverer, Packer

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings


@dataclass(frozen=True)
class Script:
    """`count` tells how many of them there are in a run with so many orders."""

    kind: str
    create: "Callable[[Surroundings, Book, str], Person]"
    count: Callable[[int], int]
    is_live: bool = True
    """Whether they can take part on a running platform."""

    def names(self, orders: int) -> Sequence[str]:
        return [f"{self.kind}-{number}" for number in range(1, self.count(orders) + 1)]


SCRIPTS = (
    Script("shopper", Shopper, lambda orders: orders),
    Script("packer", Packer, lambda orders: 2 + orders // 100),
    Script("deliverer", Deliverer, lambda orders: 2 + orders // 100),
    Script("cashier", Cashier, lambda _: 2),
    Script("cart-owner", CartOwner, lambda orders: 2 + orders // 12),
    Script("checkout-shopper", CheckoutShopper, lambda orders: 1 + orders // 6, is_live=False),
    Script("partner", Partner, lambda orders: 2 + orders // 50, is_live=False),
    Script("returner", Returner, lambda _: 1, is_live=False),
    Script("clerk", Clerk, lambda _: 2, is_live=False),
    Script("regular", Regular, lambda _: 1, is_live=False),
    Script("merchant", Merchant, lambda _: 1, is_live=False),
    Script("reader", Reader, lambda _: 1, is_live=False),
)
