"""M3 and K2 of an order that an operator deletes: its hold becomes void and its stock free. No service deletes orders,
so an operator does it at the end of a run, when no packer works any more."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.appsync import GraphQLError
from tools.sim.invariants.reading import ORDERS, PRODUCTS, Reading
from tools.sim.invariants.violation import Violation
from tools.sim.people.person import GaveUp
from tools.sim.people.regular import Regular

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World


def an_order_is_deleted(world: "World", book: "Book") -> Iterator[Violation]:
    product = _product_in_stock(world)
    if product is None:
        return
    known = len(book.reported)
    order_id = _order(world, book, product)
    yield from (Violation(promise, why, about) for promise, about, why in book.reported[known:])
    if order_id is None:
        return
    del book.accepted[order_id]  # the report counts the orders of people
    reading = Reading(world)
    token, before = reading.orders()[order_id]["paymentToken"], reading.stock()[product]
    table, old = world.store.tables[ORDERS], world.items(ORDERS)[order_id,]
    # Past EveryWrite, which allows no deletion; the table's stream has it.
    table.write((order_id,), None)
    world.streams.written(table, (order_id,), old, None)
    world.come_to_rest()
    yield from violations_of_deleted(reading, order_id, token, product, before)


def _order(world: "World", book: "Book", product: str) -> str | None:
    """The id of an order of one unit; None when it was not accepted, which is reported."""
    buyer = Regular(world, book, "buyer of a deleted order")

    def buy() -> str | None:
        try:
            return buyer.buy_one(product)
        except (GaveUp, GraphQLError) as error:
            book.report_broken("A1", "", f"{buyer.name} gave up while nothing fails: {error}")
            return None

    bought = world.background(buyer.name, buy)
    world.run()
    order_id: str | None = bought.done.value
    return order_id


def _product_in_stock(world: "World") -> str | None:
    """A product of the catalogue of which there are units."""
    stock = Reading(world).stock()
    catalogue = {str(row["productId"]["S"]) for row in world.items(PRODUCTS).values()}
    return next((product for product in sorted(catalogue & {*stock}) if stock[product]["available"] > 0), None)


def violations_of_deleted(
    reading: Reading, order_id: str, token: str, product: str, before: dict[str, int]
) -> Iterator[Violation]:
    """`before` are the units of the product while the order had one."""
    hold = reading.holds()[token]
    request = reading.packaging_requests().get(order_id, {"status": "missing"})
    if hold["status"] != "CANCELLED":
        yield Violation("M3", f"the order was deleted, and the hold is {hold['status']}", order_id)
    if request["status"] != "CANCELLED":
        yield Violation("K2", f"the order was deleted, and its packaging request is {request['status']}", order_id)
    units = reading.stock()[product]
    if units != {"available": before["available"] + 1, "reserved": before["reserved"] - 1}:
        yield Violation("K2", f"the order was deleted, and {product} went from {before} to {units}", order_id)
