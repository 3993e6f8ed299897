"""Invariants of the quiet world (*At the end* in docs/simulator.md): all is done, dead letters are redriven."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecom.dynamo_values import Item
from tools.sim.invariants import checkouts, ends, refunds, returns
from tools.sim.invariants.every_write import ENDS, RESERVES
from tools.sim.invariants.reading import Reading
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

MANY = 8
UNDELIVERED = frozenset({"PACKAGING_FAILED", "CANCELLED", "DELIVERY_FAILED"})


class QuietWorld:
    """The state at rest, and one method for each promise."""

    def __init__(self, world: "World", book: "Book") -> None:
        self._world, self._book = world, book
        reading = Reading(world)
        self.orders, self.requests = reading.orders(), reading.packaging_requests()
        self.payments, self.deliveries = reading.payments(), reading.deliveries()
        self.refunds = reading.refunds()
        self.returns, self.restocked = reading.returns(), reading.restocked_returns()
        self.holds, self.stock, self.left = reading.holds(), reading.stock(), reading.left()

    def violations(self) -> Iterator[Violation]:
        yield from self.m2_delivered_means_captured_once()
        yield from self.m3_ended_means_void()
        yield from refunds.in_the_end(self.orders, self.payments, self.holds, self.refunds, self._book)
        yield from returns.in_the_end(self._world, self, self._book)
        yield from checkouts.c1_what_was_ordered_left_the_cart_once(self._world, self._book)
        yield from checkouts.c2_a_checkout_is_its_order(self._world)
        yield from self.m4_final_lines_are_what_was_packed()
        yield from self.k2_stock_adds_up()
        yield from ends.o2_accepted_orders_end(self.orders, self.requests, self.deliveries, self._book)
        yield from ends.o2_ends_were_asked_for(self.orders, self._book)
        yield from self.o3_one_token_one_order()
        yield from self.o4_accepted_orders_keep_their_stock()
        yield from self.n1_contacts_are_kept()
        yield from self.e4_no_dead_letters()
        yield from self.a1_shoppers_can_order()
        for promise, about, why in self._book.reported:
            yield Violation(promise, why, about)

    def _hold_of(self, order: Item) -> Item:
        return self.holds[order["paymentToken"]]

    def m2_delivered_means_captured_once(self) -> Iterator[Violation]:
        for order_id, order in self.orders.items():
            if order["status"] != "FULFILLED":
                continue
            hold, payment = self._hold_of(order), self.payments.get(order_id, {})
            if payment.get("status") == "FAILED" and order["paymentToken"] in self._book.declined:
                if order.get("paymentStatus") != "FAILED":
                    yield Violation("M2", "finally declined, and the order does not say so", order_id)
                continue
            if hold["status"] != "CAPTURED":
                yield Violation("M2", f"delivered, and the hold is {hold['status']}", order_id)
            elif hold["captured"] != order["total"]:
                yield Violation("M2", f"delivered for {order['total']}, captured {hold['captured']}", order_id)
            elif order.get("paymentStatus") != (shown := refunds.payment_status(payment)):
                yield Violation("M2", f"{shown}, and the order says {order.get('paymentStatus')}", order_id)

    def m4_final_lines_are_what_was_packed(self) -> Iterator[Violation]:
        for order_id, order in sorted(self.orders.items()):
            if order.get("packagedDate") and order_id in self.requests:
                final, packed = Counter[str](), Counter[str]()
                for line in order["products"]:
                    final[line["productId"]] += line["quantity"]
                for line in self.requests[order_id]["lines"]:
                    packed[line["productId"]] += line["packaged"]
                if final != packed:
                    yield Violation("M4", f"the shopper pays for {dict(final)}, packed were {dict(packed)}", order_id)

    def m3_ended_means_void(self) -> Iterator[Violation]:
        owned = {order["paymentToken"] for order in self.orders.values()}
        for order_id, order in self.orders.items():
            hold = self._hold_of(order)
            if order["status"] in UNDELIVERED:
                if hold["status"] != "CANCELLED":
                    yield Violation("M3", f"{order['status']}, and the hold is {hold['status']}", order_id)
                elif order.get("paymentStatus") != "VOIDED":
                    yield Violation("M3", f"void, and the order says {order.get('paymentStatus')}", order_id)
            elif order["status"] not in ENDS and hold["status"] != "HELD":
                yield Violation("M3", f"{order['status']}, and the hold is {hold['status']} already", order_id)
        for token, hold in self.holds.items():
            if token not in owned and hold["status"] != "HELD":
                yield Violation("M3", f"a hold that no order owns is {hold['status']}", token)

    def k2_stock_adds_up(self) -> Iterator[Violation]:
        reserved: Counter[str] = Counter()
        for request in self.requests.values():
            for line in request["lines"]:
                if not line["tracked"]:
                    continue
                if request["status"] in RESERVES:
                    reserved[line["productId"]] += line["quantity"]
        for product in sorted({*self.stock, *self._book.counted}):
            units = self.stock.get(product, {"available": 0, "reserved": 0})
            if units["reserved"] != reserved[product]:
                yield Violation(
                    "K2", f"{units['reserved']} of {product} reserved, orders have {reserved[product]}", product
                )
            on_hand = units["available"] + units["reserved"]
            if product in self._book.counted:
                counted, left_before = self._book.counted[product]
                left = self.left[product] - left_before
                if on_hand + left != counted:
                    yield Violation(
                        "K2", f"{product}: {counted} counted, {on_hand} on hand now, {left} left since", product
                    )

    def o3_one_token_one_order(self) -> Iterator[Violation]:
        by_key: dict[tuple[str, str], set[str]] = defaultdict(set)
        for accepted in self._book.accepted.values():
            by_key[accepted.user_id, accepted.key].add(accepted.order_id)
        for (_, key), orders in sorted(by_key.items()):
            if len(orders) > 1:
                yield Violation("O3", f"the client token {key} made {len(orders)} orders", min(orders))
        by_token: dict[str, list[str]] = defaultdict(list)
        for order_id, order in sorted(self.orders.items()):
            by_token[order["paymentToken"]].append(order_id)
        for orders_of_token in by_token.values():
            if len(orders_of_token) > 1:
                yield Violation("O3", f"{len(orders_of_token)} orders use one payment token", orders_of_token[0])

    def o4_accepted_orders_keep_their_stock(self) -> Iterator[Violation]:
        for order_id, order in sorted(self.orders.items()):
            request = self.requests.get(order_id)
            if request is None:
                yield Violation("O4", "the warehouse does not know the order", order_id)
            elif order["status"] == "NEW" and request["status"] not in ("NEW", "IN_PROGRESS"):
                yield Violation("O4", f"the order is NEW, its request {request['status']}", order_id)
            elif order["status"] not in ENDS | {"NEW"} and request["status"] != "COMPLETED":
                yield Violation("O4", f"the order is {order['status']}, its request {request['status']}", order_id)
            if order["status"] == "DELIVERY_FAILED" and request is not None and not request.get("deliveryFailed"):
                yield Violation("K2", "the delivery failed, and its units did not come back", order_id)
        for order_id, request in sorted(self.requests.items()):
            if request["status"] == "HELD" and order_id not in self.orders:
                yield Violation("K2", "a reservation that no order owns did not lapse", order_id)
            elif request["status"] in ("NEW", "IN_PROGRESS", "COMPLETED") and order_id not in self.orders:
                yield Violation("O2", f"a request without an order is {request['status']}", order_id)

        for order_id, order in sorted(self.orders.items()):
            asked = {line["productId"] for line in self.requests.get(order_id, {}).get("lines", ())}
            if order["status"] == "PACKAGING_FAILED" and asked - self._book.not_found.get(order_id, set()):
                yield Violation("O4", "an accepted order failed for lack of stock, which no packer saw", order_id)

    def a1_shoppers_can_order(self) -> Iterator[Violation]:
        tried = len(self._book.accepted) + self._book.without_answer + self._book.refusals
        if tried >= MANY and not self._book.accepted:
            yield Violation("A1", f"none of {tried} shoppers could order")

    def n1_contacts_are_kept(self) -> Iterator[Violation]:
        """Mails about a partner's order go to the contact that is stored."""
        requests = Reading(self._world).partners_requests() if self._book.contacts else {}
        for order_id, email in sorted(self._book.contacts.items()):
            if requests.get(order_id, {}).get("email") != email:
                yield Violation("N1", f"a partner named the contact {email}, which is not stored", order_id)

    def e4_no_dead_letters(self) -> Iterator[Violation]:
        for queue in self._world.queues.values():
            for message in queue.messages.values():
                what = "a dead letter" if queue.source is None else "a message"
                yield Violation("E4", f"{what} stays in {queue.queue.name}: {message.body[:200]}")
        for loss in self._world.losses:
            yield Violation("E4", loss)
