"""Invariants of mails: notifications mails each change to its shopper (N1), and no mail twice by itself (N2)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tools.sim.invariants.reading import Reading
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.world import World

# By the contracts: the status that a shopper gets a mail about.
MAILED = ("PACKAGED", "SHIPPED", "FULFILLED", "PACKAGING_FAILED", "DELIVERY_FAILED", "CANCELLED")


# Event of a return -> the subject of its mail.
OF_RETURNS = {
    "ReturnApproved": re.compile("Send the goods of your order .* back"),
    "ReturnRefunded": re.compile("Your return of goods of order .* is finished"),
    "ReturnRefused": re.compile(r"Your return of goods of order \S+"),
}


def n1_every_change_is_mailed(world: "World") -> Iterator[Violation]:
    """notifications sent as many mails about an order as it had changes that the contracts name, at least."""
    expected: dict[str, set[str]] = {}
    partners = Reading(world).partners_requests()
    for event in world.events:
        kind, own = _mailed(event), next(iter(event["resources"]), "")
        if kind and (own not in partners or "email" in partners[own]):
            expected.setdefault(own, set()).add(kind)
    for own, kinds in sorted(expected.items()):
        mails = [mail for mail in world.mailbox.mails if own in mail.text and not _of_return(mail.subject)]
        wrong = [mail.recipient for mail in mails if own in partners and mail.recipient != partners[own]["email"]]
        if wrong:
            yield Violation("U1", f"a mail about the order of a partner went to {wrong[0]}", own)
        found = {mail.subject for mail in mails}
        if len(found) < len(kinds):
            yield Violation("N1", f"mails about {', '.join(sorted(kinds))} were due, and {len(found)} were sent", own)


def n2_no_mail_twice(world: "World") -> Iterator[Violation]:
    """One mail of a kind about an order, as long as no operator sends a dead letter back."""
    orders = {str(event["resources"][0]) for event in world.events if event["detail-type"] == "OrderCreated"}
    sent: Counter[tuple[str, str]] = Counter()
    for mail in world.mailbox.mails:
        if mail.number == 0 and not _of_return(mail.subject):
            sent.update((own, mail.subject) for own in orders if own in mail.text)
    for (own, subject), count in sorted(sent.items()):
        if count > 1:
            yield Violation("N2", f"the mail {subject!r} was sent {count} times", own)


def mails_about_returns(world: "World") -> Iterator[Violation]:
    """N1 and N2: one mail for each decision about a return, and for its end."""
    due: dict[tuple[str, str], set[str]] = {}
    for event in world.events:
        if event["detail-type"] in OF_RETURNS:
            detail = event["detail"]
            due.setdefault((detail["orderId"], event["detail-type"]), set()).add(detail["returnId"])
    sent, by_itself = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for mail in world.mailbox.mails:
        kind = _of_return(mail.subject)
        for own in {order for order, _ in due if order in mail.text} if kind else ():
            sent[own, kind] += 1
            by_itself[own, kind] += mail.number == 0
    for (own, kind), returns in sorted(due.items()):
        if sent[own, kind] < len(returns):
            yield Violation("N1", f"{len(returns)} mails of {kind} were due, and {sent[own, kind]} were sent", own)
        if by_itself[own, kind] > len(returns):
            yield Violation("N2", f"{by_itself[own, kind]} mails of {kind} were sent, due were {len(returns)}", own)


def _of_return(subject: str) -> str:
    """The event of a return that the mail is about; empty for a mail about an order."""
    return next((event for event, mark in OF_RETURNS.items() if mark.fullmatch(subject)), "")


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
