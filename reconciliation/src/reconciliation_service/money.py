"""A delivered order is captured once with its final total; a failed order has no hold and no capture. Pure."""

from reconciliation_service.findings import Kind
from reconciliation_service.rules import ENDED_BY, Comparison, Findings, is_being_packaged, latest
from reconciliation_service.snapshots import (
    CAPTURED,
    ENDED_BADLY,
    FAILED,
    HELD,
    VOIDED,
    LedgerEntry,
    Order,
    OrderRecords,
    Payment,
)

# What the provider calls a hold that a payment row calls VOIDED.
GONE = frozenset(("CANCELLED", "EXPIRED"))


def judge(comparison: Comparison) -> Findings:
    if comparison.order is None:
        yield from _without_order(comparison)
        return
    yield from _check_captures(comparison, comparison.order)
    yield from _check_ledger(comparison)
    yield from _check_refunds(comparison, comparison.order)
    if comparison.order.token or comparison.payment:
        yield from _check_status(comparison, comparison.order)


def _without_order(comparison: Comparison) -> Findings:
    payment = comparison.payment
    if payment is None:
        return
    entry = comparison.records.payment_entry
    since = payment.changed_at or (entry.created_at if entry else None)
    if _has_money(payment, entry):
        actual = f"captured {_amount(payment, entry)}"
        yield from comparison.finding(Kind.CHARGED_WITHOUT_ORDER, actual, "an order", since)
    elif payment.status == HELD:
        yield from comparison.finding(Kind.PAYMENT_WITHOUT_ORDER, "payment keeps a hold", "an order", since)


def _has_money(payment: Payment, entry: LedgerEntry | None) -> bool:
    """Whether the shop has the shopper's money. The ledger is right when it differs from the row."""
    return entry.net > 0 if entry else payment.status == CAPTURED


def _amount(payment: Payment, entry: LedgerEntry | None) -> int | str:
    return entry.captured if entry else "an unknown amount" if payment.amount is None else payment.amount


def _check_captures(comparison: Comparison, order: Order) -> Findings:
    records = comparison.records
    charged = [entry for token in sorted(records.tokens) if (entry := records.ledger.get(token)) and entry.captured]
    since = latest(order.modified_at, records.payment.changed_at if records.payment else None)
    captured = sum(entry.captured for entry in charged)
    net = sum(entry.net for entry in charged)
    if not charged and records.payment and records.payment.status == CAPTURED and not records.payment_entry:
        captured = net = records.payment.amount or 0
    if len([entry for entry in charged if entry.net]) > 1:
        yield from comparison.finding(
            Kind.CHARGED_TWICE, f"captured {captured} in two payments", f"{order.total} once", since
        )
    elif captured and order.status in ENDED_BADLY and net:
        actual = f"captured {captured}, {order.status}"
        yield from comparison.finding(Kind.CHARGED_NOT_DELIVERED, actual, "no charge", since)
    elif captured and not records.is_delivered and net and comparison.is_older_than(since, comparison.limits.money):
        actual = f"captured {captured}, {order.status}"
        yield from comparison.finding(Kind.CHARGED_NOT_DELIVERED, actual, "no charge before the delivery", since)
    elif captured and order.total is not None and captured != order.total:
        actual = f"captured {captured}"
        yield from comparison.finding(
            Kind.CHARGED_OTHER_AMOUNT, actual, f"{order.total}, the order's final total", since
        )


def _check_ledger(comparison: Comparison) -> Findings:
    """A settled payment row agrees with the ledger. A row that is still HELD may be behind."""
    payment, entry = comparison.payment, comparison.records.payment_entry
    if payment is None or entry is None:
        return
    wrong = {
        CAPTURED: entry.status != CAPTURED,
        VOIDED: entry.status not in GONE,
        FAILED: entry.status == CAPTURED,
    }
    if wrong.get(payment.status):
        actual = f"payment has {payment.status}, the provider {entry.status}"
        yield from comparison.finding(Kind.BOOKS_DIFFER, actual, "the same in both", payment.changed_at)
    elif payment.refunded > entry.refunded:  # more at the provider: an operator refunded it there
        actual = f"payment has paid back {payment.refunded}, the provider {entry.refunded}"
        yield from comparison.finding(Kind.BOOKS_DIFFER, actual, "the same in both", payment.refunded_at)


def _check_refunds(comparison: Comparison, order: Order) -> Findings:
    """The shopper sees what was paid back."""
    payment = comparison.payment
    if payment is not None and payment.refunded != order.refunded:
        actual = f"paid back {payment.refunded}, the order shows {order.refunded}"
        yield from comparison.finding(Kind.REFUND_NOT_SHOWN, actual, "the same in both", payment.refunded_at)


def _check_status(comparison: Comparison, order: Order) -> Findings:
    records, limits = comparison.records, comparison.limits
    payment = records.payment
    open_row = payment is None or payment.status == HELD
    create_row = () if payment else ("OrderModified",)
    if records.is_delivered and order.status not in ENDED_BADLY:
        since = records.delivered_at
        if is_being_packaged(records):
            return  # the total is not final before staff have packed
        if open_row:
            repair_events = ("OrderModified", "DeliveryCompleted")
            actual = "payment has no row" if payment is None else "the hold is not captured"
            yield from comparison.finding(
                Kind.DELIVERED_NOT_CAPTURED, actual, "captured", since, repair_events, limits.money
            )
        elif payment and payment.status == VOIDED:
            yield from comparison.finding(Kind.DELIVERED_NOT_CAPTURED, "the hold is void", "captured", since)
    elif order.status in ENDED_BADLY:
        if open_row and _is_held(records):
            since, repair_events = order.in_status_since, (*create_row, ENDED_BY[order.status])
            actual = f"{order.status}, the hold is not void"
            yield from comparison.finding(
                Kind.HOLD_NOT_VOID, actual, "the hold is void", since, repair_events, limits.money
            )
    elif payment is None:
        actual = "payment has no row"
        yield from comparison.finding(
            Kind.ORDER_WITHOUT_PAYMENT, actual, "payment keeps the hold", order.created_at, create_row
        )


def _is_held(records: OrderRecords) -> bool:
    """Whether payment keeps the hold; for an order without a payment row, whether the provider does."""
    return records.payment is not None or any(entry.status == HELD for entry in records.ledger.values())
