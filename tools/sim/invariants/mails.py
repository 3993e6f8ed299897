"""Invariants of mails: *notifications* mails each change to its shopper (N1), no mail is sent twice unless an operator
sends a dead letter back (N2), and each mail goes to the address of the shopper or the contact that it is about (U1)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ecom.dynamo_values import plain
from tools.sim.invariants.reading import ADDRESSES, Reading
from tools.sim.invariants.violation import Violation
from tools.sim.mail import SentMail, address_of

if TYPE_CHECKING:
    from tools.sim.world import World

# By the contracts: the status that a shopper gets a mail about, and the mail's subject. NEW is a new order.
OF_ORDERS = {
    "NEW": re.compile(r"Your order \S+"),
    "PACKAGED": re.compile(r"Your order \S+ is packed"),
    "SHIPPED": re.compile(r"Your order \S+ is on its way"),
    "FULFILLED": re.compile(r"Your order \S+ was delivered"),
    "PACKAGING_FAILED": re.compile(r"We are sorry: your order \S+ cannot be packed"),
    "DELIVERY_FAILED": re.compile(r"We are sorry: your order \S+ could not be delivered"),
    "CANCELLED": re.compile(r"Your order \S+ is cancelled"),
}
# Event of a return -> the subject of its mail.
OF_RETURNS = {
    "ReturnApproved": re.compile("Send the goods of your order .* back"),
    "ReturnRefunded": re.compile("Your return of goods of order .* is finished"),
    "ReturnRefused": re.compile(r"Your return of goods of order \S+"),
}
OTHER_MAIL = "an unknown kind"
_WORD = re.compile(r"[\w-]+")


def n1_every_change_is_mailed(world: "World") -> Iterator[Violation]:
    """A mail with the subject of its status for each change that the contracts name, to the owner of the order."""
    mails, due = _by_order(world), _due_of_orders(world)
    for order_id, recipient in sorted(_recipients(world).items()):
        subjects = {subject_of(mail.subject) for mail in mails[order_id]}
        if recipient is not None and (missing := sorted(due[order_id] - subjects)):
            sent = ", ".join(sorted(subjects)) or "none"
            yield Violation("N1", f"mails about {', '.join(missing)} were due; sent were {sent}", order_id)
        if too_many := sorted(subjects - due[order_id] - set(OF_RETURNS)):
            yield Violation("N1", f"a mail about {', '.join(too_many)} was sent, and no event is about that", order_id)
        wrong = [mail.recipient for mail in mails[order_id] if mail.recipient != recipient]
        if wrong:
            yield Violation("U1", f"a mail about the order went to {wrong[0]}; its owner has {recipient}", order_id)


def n2_no_mail_twice(world: "World") -> Iterator[Violation]:
    """One mail of a kind about an order, unless an operator sent a dead letter about the order back."""
    for order_id, mails in sorted(_by_order(world).items()):
        most = 1 + _times_sent_back(world, order_id)
        sent = Counter(mail.subject for mail in mails if subject_of(mail.subject) in OF_ORDERS)
        for subject, count in sorted(sent.items()):
            if count > most:
                yield Violation("N2", f"the mail {subject!r} was sent {count} times", order_id)


def n1_mails_name_the_amounts(world: "World") -> Iterator[Violation]:
    """A mail about an order names the amount of each line, of the delivery and of the order; one about a finished
    return names what was paid back."""
    mails = _by_order(world)
    for event in world.events:
        kind, detail = _mailed(event) or event["detail-type"], event["detail"]
        if kind in OF_ORDERS:
            order = detail.get("new", detail)
            amounts = [each["price"] * each["quantity"] for each in order["products"]]
            due = {
                _amount_in_mail(each, order["currency"]) for each in (*amounts, order["deliveryPrice"], order["total"])
            }
        elif kind == "ReturnRefunded":
            due = {_amount_in_mail(detail["refund"], detail["currency"])}
        else:
            continue
        order_id = detail.get("new", detail)["orderId"]
        texts = [mail.text for mail in mails[order_id] if subject_of(mail.subject) == kind]
        if texts and not any(all(each in text for each in due) for text in texts):
            missing = sorted(each.strip() for each in due if each not in texts[0])
            yield Violation("N1", f"the mail about {kind} does not name {', '.join(missing)}", order_id)


def _amount_in_mail(amount: int, currency: str) -> str:
    """As mails show it at the end of a line: ` 12.34 EUR`. For currencies with two decimals."""
    return f" {amount // 100:,}.{amount % 100:02} {currency}\n"


def n1_addresses_of_new_users_are_kept(world: "World") -> Iterator[Violation]:
    """So their first mails do not ask the user pool, whose quota is per account."""
    kept = {row["userId"]: row["address"] for row in map(plain, world.items(ADDRESSES).values())}
    for event in world.events:
        if event["detail-type"] == "UserCreated" and kept.get(event["detail"]["userId"]) != event["detail"]["email"]:
            yield Violation("N1", "the address of a new user is not kept", event["detail"]["userId"])


def mails_about_returns(world: "World") -> Iterator[Violation]:
    """N1 and N2: one mail for each decision about a return, and for its end."""
    due: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in world.events:
        if event["detail-type"] in OF_RETURNS:
            detail = event["detail"]
            due[detail["orderId"], event["detail-type"]].add(detail["returnId"])
    sent = Counter(
        (order_id, subject_of(mail.subject)) for order_id, mails in _by_order(world).items() for mail in mails
    )
    for order_id in sorted(
        {order_id for order_id, _ in due} | {order_id for order_id, kind in sent if kind in OF_RETURNS}
    ):
        for kind in OF_RETURNS:
            expected, count = len(due[order_id, kind]), sent[order_id, kind]
            if count < expected:
                yield Violation("N1", f"{expected} mails of {kind} were due, and {count} were sent", order_id)
            if count > expected + _times_sent_back(world, order_id):
                yield Violation("N2", f"{count} mails of {kind} were sent, due were {expected}", order_id)


def subject_of(subject: str) -> str:
    """The status of an order or the event of a return that a mail is about, or OTHER_MAIL."""
    marks = {**OF_ORDERS, **OF_RETURNS}
    return next((kind for kind, mark in marks.items() if mark.fullmatch(subject)), OTHER_MAIL)


def _times_sent_back(world: "World", order_id: str) -> int:
    """How often an operator sent a dead letter about the order back. Each may cause one mail more."""
    return sum(order_id in letter for letter in world.mailbox.sent_back)


def _by_order(world: "World") -> Mapping[str, list[SentMail]]:
    """The mails by the order that their text names."""
    orders = set(_recipients(world))
    found: dict[str, list[SentMail]] = defaultdict(list)
    for mail in world.mailbox.mails:
        for order_id in sorted(orders & set(_WORD.findall(mail.text))):
            found[order_id].append(mail)
    return found


def _recipients(world: "World") -> dict[str, str | None]:
    """By order: the address of its owner, or of the contact that a partner named; None for a partner without one."""
    partners = Reading(world).partners_requests()
    return {
        str(event["detail"]["orderId"]): partners[event["detail"]["orderId"]].get("email")
        if event["detail"]["orderId"] in partners
        else address_of(str(event["detail"]["userId"]))
        for event in world.events
        if event["detail-type"] == "OrderCreated"
    }


def _due_of_orders(world: "World") -> Mapping[str, set[str]]:
    due: dict[str, set[str]] = defaultdict(set)
    for event in world.events:
        if status := _mailed(event):
            due[str(event["resources"][0])].add(status)
    return due


def _mailed(event: Mapping[str, Any]) -> str:
    if event["source"] != "ecommerce.orders":
        return ""
    if event["detail-type"] == "OrderCreated":
        return "NEW"
    detail = event["detail"]
    if event["detail-type"] == "OrderModified" and detail["old"].get("status") != detail["new"]["status"]:
        status = str(detail["new"]["status"])
        return status if status in OF_ORDERS else ""
    return ""
