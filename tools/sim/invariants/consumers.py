"""Who reacts to which event, by the contracts: written once more, and not taken from the templates."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

CONSUMERS: Mapping[str, tuple[str, ...]] = {
    "OrderCreated": ("warehouse", "payment", "notifications"),
    "OrderDeleted": ("warehouse", "payment"),
    "PackageCreated": ("orders", "delivery"),
    "PackagingFailed": ("orders", "payment"),
    "PackagingCancelled": ("orders", "payment"),
    "DeliveryStarted": ("orders",),
    "DeliveryCompleted": ("orders", "payment"),
    "DeliveryFailed": ("orders", "payment", "warehouse"),
    "PaymentCaptured": ("orders",),
    "PaymentVoided": ("orders",),
    "PaymentFailed": ("orders",),
    "PaymentRefunded": ("orders",),
    "StockChanged": ("frontend-api",),
    "PictureReady": ("products",),
    "PictureDeleted": ("products",),
    "UserCreated": ("notifications",),
    "ReturnApproved": ("notifications",),
    "ReturnRefused": ("notifications",),
    "ReturnRefunded": ("notifications",),
}
# The services that take OrderModified, and the changed fields that matter to each.
FOLLOWED_SECONDS = 86_400.0
# How far the clocks of functions may be off, and how long an answer may take.
CLOCKS_SECONDS = 60.0
OF_CHANGES = {"payment": frozenset({"total", "packagedDate"}), "warehouse": frozenset({"products"})}


def e1_every_consumer_hears(world: "World") -> Iterator[Violation]:
    """The rules of each service take the events to which it reacts."""
    for event in world.events:
        for service in _consumers(event):
            if (event["id"], service) not in world.consumed:
                about = next(iter(event["resources"]), "")
                yield Violation("E1", f"{event['detail-type']} did not reach {service}", about)


def e1_followers_hear(world: "World", book: "Book") -> Iterator[Violation]:
    """Changes of an order that a shopper follows reach frontend-api, for a day."""
    for event in world.events:
        if event["detail-type"] != "OrderModified" or (event["id"], "frontend-api") in world.consumed:
            continue
        order = event["detail"]["new"]
        since = book.followed.get(order["orderId"], math.inf)
        changed = datetime.fromisoformat(order["modifiedDate"]).timestamp()
        if since + CLOCKS_SECONDS < changed < since + FOLLOWED_SECONDS - CLOCKS_SECONDS:
            yield Violation("E1", "a change of an order that its shopper follows did not reach them", order["orderId"])


def e1_followers_see_the_order_as_it_is(world: "World") -> Iterator[Violation]:
    shown = {
        (order["orderId"], order["modifiedDate"], order["status"], order["total"])
        for mutation, order in world.shown_to_subscribers
        if mutation == "publishOrderChange"
    }
    for event in world.events:
        if event["detail-type"] == "OrderModified" and event["detail"].get("followed"):
            new = event["detail"]["new"]
            if (new["orderId"], new["modifiedDate"], new["status"], new["total"]) not in shown:
                yield Violation("E1", f"its followers were not shown that it is {new['status']}", new["orderId"])


def e1_levels_are_shown(world: "World") -> Iterator[Violation]:
    shown = {
        (level["productId"], level["level"], level["version"])
        for mutation, level in world.shown_to_subscribers
        if mutation == "publishAvailability"
    }
    for event in world.events:
        if event["detail-type"] == "StockChanged":
            detail, sequence = event["detail"], event["detail"]["metadata"]["sequence"]
            if (detail["productId"], detail["level"], sequence) not in shown:
                why = f"subscribers were not shown that {detail['productId']} is {detail['level']}, version {sequence}"
                yield Violation("E1", why, detail["productId"])


def _consumers(event: Mapping[str, Any]) -> Iterator[str]:
    yield from CONSUMERS.get(event["detail-type"], ())
    if event["detail-type"] == "OrderCreated" and event["detail"].get("channel") == "cart":
        yield "cart"
    if event["detail-type"] == "OrderModified":
        old, new = event["detail"]["old"], event["detail"]["new"]
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        if event["detail"].get("followed"):
            yield "frontend-api"
        yield from (service for service, fields in OF_CHANGES.items() if changed & fields)
