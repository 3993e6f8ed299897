"""The promises that show in public interfaces: what shoppers and staff can read, the provider's ledger, dead letters,
and the reconciliation."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_client.platform import Platform
from ecom_client.provider import Provider
from ecom_testkit.dead_letters import all_dead_letters
from tools.sim.invariants.every_write import ENDS
from tools.sim.invariants.quiet_world import UNDELIVERED
from tools.sim.invariants.violation import Violation
from tools.sim.modules import ROOT
from tools.sim.people.book import Book
from tools.sim.people.person import Person

Order = dict[str, Any]


@dataclass
class Seen:
    """What the people of a run see at its end."""

    orders: dict[str, Order]
    stock: dict[str, dict[str, int]]
    """By product, as the admin sees it."""
    holds: dict[str, dict[str, Any]]
    """The provider's ledger of the accepted orders, by order."""
    events: Sequence[Any]
    """All events about the orders."""


def look(platform: Platform, book: Book, people: Sequence[Person], events: Sequence[Any]) -> Seen:
    admin = next(person for person in people if "admin" in person.groups)
    shoppers = [person for person in people if person.is_shopper]
    orders = {each["orderId"]: each for shopper in shoppers for each in shopper.pages("getOrders", "orders")}
    stock = {product: admin.insist("getStock", productId=product) for product in book.stock}
    provider = Provider(platform)
    holds = {order_id: provider.payment(accepted.payment_token) for order_id, accepted in sorted(book.accepted.items())}
    about = [event for event in events if orders.keys() & set(event["resources"])]
    return Seen(orders, stock, holds, about)


def violations(seen: Seen, book: Book) -> Iterator[Violation]:
    yield from _orders(seen, book)
    yield from _tokens(book)
    yield from _money(seen, book)
    yield from _stock(seen, book)
    yield from _events(seen)
    for promise, about, why in book.reported:
        yield Violation(promise, why, about)


def _orders(seen: Seen, book: Book) -> Iterator[Violation]:
    for order_id in sorted(set(book.accepted) - set(seen.orders)):
        yield Violation("O2", "an accepted order does not exist", order_id)
    for order_id, order in sorted(seen.orders.items()):
        if order["status"] not in ENDS:
            yield Violation("O2", f"{order['status']} at the end", order_id)
        expected = sum(line["price"] * line["quantity"] for line in order["products"]) + order["deliveryPrice"]
        if order["total"] != expected:
            yield Violation("M4", f"the total {order['total']} is not the sum {expected}", order_id)
    for order_id in sorted(book.cancelled & set(seen.orders)):
        if seen.orders[order_id]["status"] != "CANCELLED":
            yield Violation("O2", f"cancelled for the shopper, and {seen.orders[order_id]['status']}", order_id)


def _tokens(book: Book) -> Iterator[Violation]:
    by_key: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_payment: dict[str, set[str]] = defaultdict(set)
    for accepted in book.accepted.values():
        by_key[accepted.user_id, accepted.key].add(accepted.order_id)
        by_payment[accepted.payment_token].add(accepted.order_id)
    for orders in (*by_key.values(), *by_payment.values()):
        if len(orders) > 1:
            yield Violation("O3", f"one token made {len(orders)} orders", min(orders))


def _money(seen: Seen, book: Book) -> Iterator[Violation]:
    for order_id, hold in seen.holds.items():
        order = seen.orders.get(order_id)
        if hold["captured"] > hold["authorised"]:
            yield Violation("M1", f"captured {hold['captured']} of {hold['authorised']}", order_id)
        if order is None:
            continue
        if order["status"] == "FULFILLED":
            if book.accepted[order_id].payment_token in book.declined and order["paymentStatus"] == "FAILED":
                continue
            if (hold["status"], hold["captured"]) != ("CAPTURED", order["total"]):
                yield Violation("M2", f"{order['total']} delivered, {hold['captured']} {hold['status']}", order_id)
        elif order["status"] in UNDELIVERED and hold["status"] != "CANCELLED":
            yield Violation("M3", f"{order['status']}, and the hold is {hold['status']}", order_id)


def _stock(seen: Seen, book: Book) -> Iterator[Violation]:
    left: Counter[str] = Counter()
    for order in seen.orders.values():
        if order["status"] in ("PACKAGED", "SHIPPED", "FULFILLED"):
            left.update({line["productId"]: line["quantity"] for line in merged(order["products"])})
    for product, stock in seen.stock.items():
        if min(stock["onHand"], stock["reserved"], stock["available"]) < 0:
            yield Violation("K1", f"{product}: {stock}", product)
        if product not in book.counted_in_the_day and stock["onHand"] + left[product] != book.stock[product]:
            text = f"{product}: {book.stock[product]} at first, {stock['onHand']} on hand, {left[product]} left"
            yield Violation("K2", text, product)


def merged(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for each product: an order may have two."""
    units: Counter[str] = Counter()
    for line in lines:
        units[line["productId"]] += line["quantity"]
    return [{"productId": product, "quantity": count} for product, count in units.items()]


def _events(seen: Seen) -> Iterator[Violation]:
    created: set[str] = set()
    sequences: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for event in seen.events:
        about, metadata = str(event["resources"][0]), event["detail"].get("metadata") or {}
        if event["detail-type"] == "OrderCreated":
            created.add(about)
        if "sequence" in metadata:
            sequences[event["source"], about, metadata["sequence"]].add(metadata["eventId"])
    for order_id in sorted(set(seen.orders) - created):
        yield Violation("E1", "no event tells that the order was created", order_id)
    for (source, about, sequence), ids in sorted(sequences.items()):
        if len(ids) > 1:
            yield Violation("E3", f"{len(ids)} events of {source} have the sequence {sequence}", about)


def dead_letters(platform: Platform, orders: set[str]) -> Iterator[Violation]:
    for letter in all_dead_letters(platform):
        if any(order_id in letter.body for order_id in orders):
            yield Violation("E4", f"a dead letter stays in {letter.queue}: {letter.code} {letter.reason}")


def disagreements(platform: Platform, orders: set[str]) -> Iterator[Violation]:
    """What `make reconcile` finds about the orders."""
    del platform  # the tool takes it from the environment, too
    command = [sys.executable, "-m", "tools.operate.reconcile", "--json", "--older-than", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        yield Violation("RECONCILE", f"the reconciliation did not run: {done.stderr.strip()[-300:]}")
        return
    for finding in json.loads(done.stdout)["findings"]:
        if not finding["note"] and orders & set(finding["ids"].values()):
            yield Violation("RECONCILE", f"{finding['kind']}: {finding['actual']}", finding["ids"].get("orderId", ""))
