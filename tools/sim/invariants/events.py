"""Invariants of events: published at least once (E1), and repeats in another order change nothing (E2, E3)."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ecom.dynamo_values import plain
from ecom.events import event_id
from tools.sim.dynamodb.expressions import Item
from tools.sim.invariants.announced import ANNOUNCED, level_of, may_announce
from tools.sim.invariants.reading import (
    CARTS,
    CHECKOUTS,
    DELIVERY,
    ORDERS,
    PARTNER_REQUESTS,
    PAYMENT,
    PRODUCTS,
    PROVIDER,
    REFUNDS,
    RETURNS,
    WAREHOUSE,
)
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.world import World

OF_BUSINESS = (
    ORDERS,
    WAREHOUSE,
    PAYMENT,
    REFUNDS,
    PROVIDER,
    DELIVERY,
    CARTS,
    CHECKOUTS,
    RETURNS,
    PARTNER_REQUESTS,
    PRODUCTS,
)
# Attributes that are stored in a shorter form than they are published in.
SHORTENED = frozenset({"packagedDate", "shipment"})
# What a repeat may change: how often a row was written and when, nothing else.
BOOKKEEPING = frozenset({"etag", "modifiedDate", "forgetAt", "correlationId", "followedUntil"})


def e1_every_change_is_published(world: "World") -> Iterator[Violation]:
    """Each change that the contracts announce has reached the bus, under the id of its record and with the version of
    the row as its sequence; of a deleted row it is the next one."""
    known = {(event["detail-type"], _metadata(event).get("eventId")): event for event in world.events}
    for record in world.records:
        table = record["eventSourceARN"].split("/")[1]
        source, announced = ANNOUNCED[table]
        change = record["dynamodb"]
        name = announced(change.get("OldImage"), change.get("NewImage"))
        if name is None:
            continue
        about = next(iter(change["Keys"].values()))["S"].removeprefix("order#").removeprefix("return#")
        event = known.get((name, event_id(source, record["eventID"])))
        if event is None:
            yield Violation("E1", f"{name} was never published", about)
            continue
        if name == "StockChanged" and (says := event["detail"]["level"]) != level_of(change["NewImage"]):
            yield Violation(
                "E1", f"{name} says {says}, and the row has the level {level_of(change['NewImage'])}", about
            )
        if wrong := _unlike_the_row(name, event["detail"], change):
            yield Violation("E1", f"{name} has {wrong}", about)
        is_deleted = "NewImage" not in change
        version = int(change["OldImage" if is_deleted else "NewImage"].get("version", {"N": "0"})["N"])
        if (sequence := _metadata(event).get("sequence")) != version + is_deleted:
            yield Violation("E3", f"{name} has the sequence {sequence}, its row the version {version}", about)


def _unlike_the_row(event: str, detail: Mapping[str, Any], change: Mapping[str, Any]) -> str:
    """What of an event's texts and numbers the row has under the same name with another value."""
    if event == "PaymentRefunded":  # its amount is that of the one refund
        before, after = (int(plain(change[image]).get("refunded", 0)) for image in ("OldImage", "NewImage"))
        paid = after - before
        return "" if detail["amount"] == paid else f"the amount {detail['amount']}, and {paid} more are paid back"
    images = {"old": change.get("OldImage"), "new": change.get("NewImage")}
    parts = [(part, detail[part]) for part in ("old", "new") if part in detail] or [("", detail)]
    for part, shown in parts:
        row = plain(images[part or "new"] or images["old"] or {})
        for name in sorted({*shown} & {*row} - SHORTENED):
            if isinstance(shown[name], str | int) and shown[name] != row[name]:
                return f"{part} {name} {shown[name]}".lstrip() + f", and the row {row[name]}"
    return ""


def e1_every_event_is_of_a_change(world: "World") -> Iterator[Violation]:
    """No service publishes what no change announces."""
    changes: set[tuple[str, str | None]] = set()
    for record in world.records:
        table = record["eventSourceARN"].split("/")[1]
        source, announced = ANNOUNCED[table]
        change = record["dynamodb"]
        old, new = change.get("OldImage"), change.get("NewImage")
        event = event_id(source, record["eventID"])
        changes |= {(name, event) for name in (announced(old, new), may_announce(table, old, new)) if name is not None}
    sources = {source for source, _ in ANNOUNCED.values()}
    for event in world.events:
        of = event["detail-type"], _metadata(event).get("eventId")
        if event["source"] in sources and of not in changes:
            yield Violation(
                "E1", f"{of[0]} was published, and no change is its cause", next(iter(event["resources"]), "")
            )


def _metadata(event: Any) -> Any:
    return event["detail"].get("metadata", {})


def e2_e3_repeats_in_any_order_change_nothing(world: "World") -> Iterator[Violation]:
    """Deliver every event of the run again, in another order. The rows of the business stay as they are, no mail is
    sent, no execution starts, and no function leaves a dead letter."""
    before, counts = _state(world), _counts(world)
    sent = len(world.mailbox.mails)
    events = sorted(world.events, key=lambda event: world.decisions.fraction(f"order of {event['id']}"))
    ours = [event for event in events if str(event["source"]).startswith("ecommerce.")]
    for number, event in enumerate(ours):
        world.scheduler.at(
            world.scheduler.now + number * 0.05,
            partial(world.bus.deliver_again, event, number),
        )
    world.run()
    after = _state(world)
    for (table, key), row in sorted(before.items()):
        if after.get((table, key)) != row:
            changed = _changed(row, after.get((table, key)))
            yield Violation(
                "E2", f"a repeated event changed {table.rpartition('dev-')[2]} {key[0]}: {changed}", str(key[0])
            )
    for table, key in sorted(set(after) - set(before)):
        yield Violation("E2", f"a repeated event made a row in {table.rpartition('dev-')[2]}: {key[0]}", str(key[0]))
    for mail in world.mailbox.mails[sent:]:
        yield Violation("E2", f"a repeated event sent the mail {mail.subject!r}")
    for what, count in _counts(world).items():
        if count != counts[what]:
            yield Violation("E2", f"repeated events: {counts[what]} {what} became {count}")


def _counts(world: "World") -> dict[str, int]:
    """What people and operators would see of a repeat beside rows."""
    return {
        "events": len(world.events),
        "executions": len(world.state_machines.executions()),
        "messages": sum(len(queue.messages) for queue in world.queues.values()),
        "refused rights": world.denials.total(),
    }


def _state(world: "World") -> dict[tuple[str, Any], Any]:
    return {(name, key): _business(item) for name in OF_BUSINESS for key, item in world.items(name).items()}


def _business(item: Item) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in BOOKKEEPING}


def _changed(before: dict[str, Any], after: dict[str, Any] | None) -> str:
    if after is None:
        return "it is gone"
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return json.dumps({name: [before.get(name), after.get(name)] for name in names})[:300]
