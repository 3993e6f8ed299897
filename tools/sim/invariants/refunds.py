"""M5: refunds, those under way included, are at most what was captured; each is paid back once; all sums agree."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ecom.dynamo_values import Item
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book

TRANSITIONS = {("PENDING", "DONE"), ("PENDING", "FAILED")}


def written_payment(row: Item) -> Iterator[Violation]:
    """What is wrong with a write of a payment row."""
    taken = int(row.get("refunded", 0)) + int(row.get("refunding", 0))
    if taken and taken > int(row.get("amount", 0)):
        yield Violation("M5", f"refunds of {taken} for {row.get('amount', 0)} captured", row["orderId"])
    if int(row.get("refunding", 0)) < 0:
        yield Violation("M5", "less than nothing is being refunded", row["orderId"])


def written_refund(old: Item | None, new: Item | None, payment: str) -> Iterator[Violation]:
    """What is wrong with a write of a refund. `payment` is the status of its payment."""
    if old is None:
        if new is not None and payment != "CAPTURED":
            yield Violation("M5", f"a refund of a payment that is {payment}", new["orderId"])
        return
    if new is None:
        yield Violation("M5", "a refund was deleted", old["orderId"])
    elif old["amount"] != new["amount"]:
        yield Violation("M5", "the amount of a refund changed", new["orderId"])
    elif old["status"] != new["status"] and (old["status"], new["status"]) not in TRANSITIONS:
        yield Violation("M5", f"a refund went from {old['status']} to {new['status']}", new["orderId"])


def written_hold(row: Item) -> Iterator[Violation]:
    """What is wrong with a write of the provider's ledger."""
    if row.get("refunded", 0) > row["captured"]:
        yield Violation("M5", f"paid back {row['refunded']} of {row['captured']}", row["paymentToken"])


def in_the_end(
    orders: Mapping[str, Item],
    payments: Mapping[str, Item],
    holds: Mapping[str, Item],
    refunds: Mapping[str, Item],
    book: "Book",
) -> Iterator[Violation]:
    done: Counter[str] = Counter()
    for refund in refunds.values():
        if refund["status"] == "PENDING":
            yield Violation("M5", "a refund never ended", refund["orderId"])
        elif refund["status"] == "DONE":
            done[refund["orderId"]] += int(refund["amount"])
    for order_id, payment in sorted(payments.items()):
        if under_way := int(payment.get("refunding", 0)):
            yield Violation("M5", f"{under_way} stay counted as being refunded", order_id)
        back = int(payment.get("refunded", 0))
        hold, order = holds.get(payment["paymentToken"], {}), orders.get(order_id, {})
        sums = {
            "refunds": done[order_id],
            "payment": back,
            "provider": int(hold.get("refunded", 0)),
            "order": int(order.get("refunded", 0)),
        }
        if len(set(sums.values())) > 1:
            yield Violation("M5", f"paid back by {', '.join(f'{who}: {sum_}' for who, sum_ in sums.items())}", order_id)
    if len(set(book.refund_ids.values())) < len(book.refund_ids):
        yield Violation("M5", "two refunds of different people have one id")
    for asked, (order_id, amount, status) in sorted(book.refunds.items()):
        refund = refunds.get(book.refund_ids.get(asked, ""), {"status": "missing", "amount": 0})
        if status == "DONE" and (refund["status"], int(refund["amount"])) != ("DONE", amount):
            why = f"refundOrder answered DONE for {amount}, and the refund is {refund['status']}: {refund['amount']}"
            yield Violation("M5", why, order_id)


def payment_status(payment: Item) -> str:
    """What an order that was captured shows."""
    back = int(payment.get("refunded", 0))
    if not back:
        return "CAPTURED"
    return "REFUNDED" if back >= int(payment["amount"]) else "PARTIALLY_REFUNDED"
