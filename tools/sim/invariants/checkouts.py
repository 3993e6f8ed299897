"""C1 and C2 of checkouts: what was ordered left the cart once, what was added meanwhile is there, and each checkout is
its order."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tools.sim.invariants.reading import Reading
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

CHANNEL = "cart"


def c1_what_was_ordered_left_the_cart_once(world: "World", book: "Book") -> Iterator[Violation]:
    """By the units that shoppers put in, and the orders of their checkouts as they were created."""
    ordered: dict[str, Counter[str]] = defaultdict(Counter)
    for user_id, units in _orders_of_carts(world).values():
        ordered[user_id].update(units)
    carts = Reading(world).carts()
    for user_id, put in sorted(book.checkout_carts.items()):
        there, gone = carts.get(user_id, {}), ordered[user_id]
        for product in sorted({*there, *put, *gone}):
            possible = {max(0, most - gone[product]) for most in put.get(product, {0})}
            left = there.get(product, 0)
            if left not in possible:
                expected = " or ".join(map(str, sorted(possible)))
                why = f"the cart has {left} of {product}; put in were {put.get(product)}, ordered {gone[product]}, so "
                yield Violation("C1", f"{why}{expected} should be there", user_id)


def c2_a_checkout_is_its_order(world: "World") -> Iterator[Violation]:
    """The stored checkout of each order that a cart made has the same shopper and units."""
    checkouts = Reading(world).checkouts()
    for order_id, (user_id, units) in sorted(_orders_of_carts(world).items()):
        checkout = checkouts.get(order_id)
        if checkout is None:
            yield Violation("C2", "an order was made of a cart, and no checkout is stored", order_id)
            continue
        stored = Counter[str]()
        for line in checkout["lines"]:
            stored[line["productId"]] += int(line["quantity"])
        if (checkout["userId"], stored) != (user_id, units):
            yield Violation("C2", f"the checkout has {dict(stored)}, its order {dict(units)}", order_id)


def _orders_of_carts(world: "World") -> Mapping[str, tuple[str, Counter[str]]]:
    """Shopper and units of the orders that checkouts made, as they were created."""
    found: dict[str, tuple[str, Counter[str]]] = {}
    for event in world.events:
        detail = event["detail"]
        if event["detail-type"] == "OrderCreated" and detail.get("channel") == CHANNEL:
            units = Counter[str]()
            for line in detail["products"]:
                units[line["productId"]] += int(line["quantity"])
            found[str(detail["orderId"])] = str(detail["userId"]), units
    return found
