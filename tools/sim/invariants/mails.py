"""Invariants of mails: notifications mails each change to its shopper (N1), and no mail twice by itself (N2)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.world import World

# By the contracts: the status that a shopper gets a mail about.
MAILED = ("PACKAGED", "SHIPPED", "FULFILLED", "PACKAGING_FAILED", "DELIVERY_FAILED", "CANCELLED")


def n1_every_change_is_mailed(world: "World") -> Iterator[Violation]:
    """notifications sent as many mails about an order as it had changes that the contracts name, at least."""
    expected: dict[str, set[str]] = {}
    for event in world.events:
        kind = _mailed(event)
        if kind:
            expected.setdefault(str(event["resources"][0]), set()).add(kind)
    for own, kinds in sorted(expected.items()):
        found = {mail.subject for mail in world.mailbox.mails if own in mail.text}
        if len(found) < len(kinds):
            yield Violation("N1", f"mails about {', '.join(sorted(kinds))} were due, and {len(found)} were sent", own)


def n2_no_mail_twice(world: "World") -> Iterator[Violation]:
    """One mail of a kind about an order, as long as no operator sends a dead letter back."""
    orders = {str(event["resources"][0]) for event in world.events if event["detail-type"] == "OrderCreated"}
    sent: Counter[tuple[str, str]] = Counter()
    for mail in world.mailbox.mails:
        if mail.number == 0:
            sent.update((own, mail.subject) for own in orders if own in mail.text)
    for (own, subject), count in sorted(sent.items()):
        if count > 1:
            yield Violation("N2", f"the mail {subject!r} was sent {count} times", own)


def _mailed(event: Mapping[str, Any]) -> str:
    if event["source"] != "ecommerce.orders":
        return ""
    if event["detail-type"] == "OrderCreated":
        return "NEW"
    detail = event["detail"]
    if event["detail-type"] == "OrderModified" and "status" in detail["changed"]:
        status = str(detail["new"]["status"])
        return status if status in MAILED else ""
    return ""
