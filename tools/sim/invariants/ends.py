"""O2: every accepted order ends, or waits for staff who take no part in the run, and ends only as people asked."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ecom.dynamo_values import Item
from tools.sim.invariants.every_write import ENDS
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book

# Status of an order -> who has it to do. One of each kind works in the evening until nothing is left.
WORK_OF = {"NEW": "packer-1", "PACKAGED": "deliverer-1", "SHIPPED": "deliverer-1"}


def o2_accepted_orders_end(
    orders: Mapping[str, Item], requests: Mapping[str, Item], deliveries: Mapping[str, Item], book: "Book"
) -> Iterator[Violation]:
    for order_id in sorted(set(book.accepted) - set(orders)):
        yield Violation("O2", "an accepted order does not exist", order_id)
    for order_id, order in sorted(orders.items()):
        status = order["status"]
        if status in ENDS:
            continue
        if not _waits_for_staff(status, requests.get(order_id, {}), deliveries.get(order_id, {})):
            yield Violation("O2", f"{status}, and no function and no staff has it to do", order_id)
        elif (worker := WORK_OF[status]) in book.finished:
            yield Violation("O2", f"{status}, and {worker} found nothing left to do", order_id)
    for order_id in sorted(book.cancelled):
        if order_id in orders and orders[order_id]["status"] != "CANCELLED":
            yield Violation("O2", f"cancelled for the shopper, and {orders[order_id]['status']}", order_id)


def _waits_for_staff(status: str, request: Item, delivery: Item) -> bool:
    match status:
        case "NEW":
            return request.get("status") in ("NEW", "IN_PROGRESS")
        case "PACKAGED":
            return delivery.get("status") == "NEW"
        case "SHIPPED":
            return delivery.get("status") == "IN_PROGRESS"
    return False


def o2_ends_were_asked_for(orders: Mapping[str, Item], book: "Book") -> Iterator[Violation]:
    """An order is cancelled by its owner only, and delivered or not by a deliverer only."""
    asked = {
        "CANCELLED": ("its owner did not ask for that", book.asked_to_cancel),
        "FULFILLED": ("no deliverer asked for completeDelivery", book.asked_to_deliver),
        "DELIVERY_FAILED": ("no deliverer asked for failDelivery", book.asked_to_fail),
    }
    for order_id, order in sorted(orders.items()):
        why, by_people = asked.get(order["status"], ("", {order_id}))
        if order_id not in by_people:
            yield Violation("O2", f"{order['status']}, and {why}", order_id)
