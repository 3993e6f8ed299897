"""M3 and K2 of an order that an operator deletes: its hold becomes void and its stock free. No service deletes orders,
so an operator does it at the end of a run, before anybody packs it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.invariants.reading import ORDERS, Reading
from tools.sim.invariants.violation import Violation
from tools.sim.people.regular import Regular

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

MOMENT_SECONDS = 60.0


def an_order_is_deleted(world: "World", book: "Book") -> Iterator[Violation]:
    product = _product_in_stock(world)
    if product is None:
        return
    buyer = Regular(world, book, "buyer of a deleted order")
    bought = world.background(buyer.name, lambda: buyer.buy_one(product))
    world.run(world.now() + MOMENT_SECONDS)
    order_id = bought.done.value
    key = (order_id,)
    if order_id is None or key not in world.items(ORDERS):
        yield Violation("A1", f"an order of {product} was not accepted, while nothing fails")
        return
    del book.accepted[order_id]
    reading = Reading(world)
    token, before = reading.orders()[order_id]["paymentToken"], reading.stock()[product]
    table, old = world.store.tables[ORDERS], world.items(ORDERS)[key]
    table.write(key, None)
    world.streams.written(table, key, old, None)
    world.come_to_rest()
    yield from _left(Reading(world), order_id, token, product, before)


def _product_in_stock(world: "World") -> str | None:
    """A product of the catalogue of which there are units."""
    stock = Reading(world).stock()
    there = {str(row["productId"]["S"]) for row in world.items("ecommerce-dev-products-Table").values()}
    return next((product for product in sorted(there & {*stock}) if stock[product]["available"] > 0), None)


def _left(after: Reading, order_id: str, token: str, product: str, before: dict[str, int]) -> Iterator[Violation]:
    hold, request = after.holds()[token], after.requests().get(order_id, {"status": "missing"})
    if hold["status"] != "CANCELLED":
        yield Violation("M3", f"the order was deleted, and the hold is {hold['status']}", order_id)
    if request["status"] != "CANCELLED":
        yield Violation("K2", f"the order was deleted, and its packaging request is {request['status']}", order_id)
    units = after.stock()[product]
    if units != {"available": before["available"] + 1, "reserved": before["reserved"] - 1}:
        yield Violation("K2", f"the order was deleted, and {product} went from {before} to {units}", order_id)
