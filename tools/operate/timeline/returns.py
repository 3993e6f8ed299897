"""Steps of the returns of an order, from their rows. Pure.

A row that was written manually may hold anything: what cannot be read is left out.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ecom.money import money
from tools.operate.ages import age_of
from tools.operate.timeline.rows import Item, Meaning, amounts_of, items_of, moment_of, string_of
from tools.operate.timeline.steps import Kind, Step

PREFIX = "return#"
CHANGE = "returns-graphql-change-return"
RETURN: Mapping[str, Meaning] = {
    "REQUESTED": Meaning("the shopper wants to send back", "", "requestReturn", "ReturnRequested"),
    "APPROVED": Meaning("staff approved it", CHANGE, "approveReturn", "ReturnApproved"),
    "REFUSED": Meaning("staff refused it (final)", CHANGE, "refuseReturn", "ReturnRefused"),
    "CANCELLED": Meaning("the shopper cancelled it (final)", CHANGE, "cancelReturn", "ReturnCancelled"),
    "EXPIRED": Meaning("it took too long (final)", "returns-step-wait", "timeout", "ReturnExpired"),
    "RECEIVED": Meaning("came back", CHANGE, "receiveReturn", "ReturnReceived"),
    "REFUNDED": Meaning("were paid back (final)", "returns-step-refund", "refund", "ReturnRefunded"),
    "FAILED": Meaning("nothing was paid back (final)", "returns-step-refund", "refund", "ReturnFailed"),
}
# By the call that a request came with.
REQUESTED_BY: Mapping[str, str] = {
    "requestReturn": "returns-graphql-request-return",
    "PUT /returns": "returns-step-register",
}
NEXT: Mapping[str, str] = {
    "REQUESTED": "waits for staff, who approve or refuse it (approveReturn, refuseReturn)",
    "APPROVED": "waits for the goods; staff receive them (receiveReturn)",
    "RECEIVED": "its execution makes the units available and pays back; docs/operations.md, if that takes long",
    "FAILED": "staff pay back {worth} with refundOrder, unless they did: docs/operations.md",
}


def id_of(item: Item) -> str:
    return string_of(item.get("id")).removeprefix(PREFIX)


def of_return(item: Item, now: datetime) -> Iterator[Step]:
    """Its history, and who has to act next."""
    return_id, entries = id_of(item), items_of(item.get("history"))
    detail = {"returnId": return_id}
    since: datetime | None = None
    for entry in entries:
        moment, status = moment_of(entry.get("at")), string_of(entry.get("status"))
        if moment is None or not status:
            continue
        since = moment
        what, function, cause, event = RETURN.get(status, Meaning(f"is {status}"))
        cause = string_of(entry.get("cause")) or cause
        if status == "REQUESTED":
            function = REQUESTED_BY.get(cause, "")
        trace = string_of(item.get("correlationId")) if entry is entries[-1] else ""
        # The part of the id before it is the shopper's `sub`.
        text = f"return {return_id.partition('_')[2] or return_id}: {_what(status, what, item)}"
        yield Step(moment, "returns", Kind.RETURN, text, status, cause, event, function, trace, detail=detail)
    status = string_of(item.get("status"))
    if who := NEXT.get(status):
        age = f", for {age_of((now - since).total_seconds())}" if since else ""
        text = f"return {return_id} is {status}{age}: {who.format(worth=_worth(item))}"
        yield Step(None, "returns", Kind.NEXT, text, status, detail=detail)


def _what(status: str, what: str, item: Item) -> str:
    lines, reason = item.get("lines"), string_of(item.get("reason"))
    if status == "REQUESTED":
        return f"{what} {amounts_of(lines, 'quantity')}"
    if status == "RECEIVED":
        return f"{amounts_of(lines, 'received')} {what}; can be sold again: {amounts_of(lines, 'restocked')}"
    if status == "REFUNDED":
        return f"{_money(item.get('refund'), item)} {what}"
    return f"{what} ({reason})" if reason and status in ("REFUSED", "FAILED") else what


def _worth(item: Item) -> str:
    """What the goods cost that came back."""
    lines = [(line.get("received", 0), line.get("price")) for line in items_of(item.get("lines"))]
    known = [received * price for received, price in lines if isinstance(received, int) and isinstance(price, int)]
    return _money(sum(known), item)


def _money(amount: Any, item: Item) -> str:
    return money(amount, string_of(item.get("currency"))) if isinstance(amount, int) else "an unknown amount"
