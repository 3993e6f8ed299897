"""Delivered orders are paid once, their final total; ended ones hold nothing; nobody pays for nothing. Pure."""

from reconciliation_service.findings import Kind
from reconciliation_service.rules import ENDED_BY, Findings, Judging, is_being_packaged, latest
from reconciliation_service.snapshots import (
    CAPTURED,
    ENDED_BADLY,
    FAILED,
    HELD,
    VOIDED,
    Order,
    Payment,
)

# A row may say VOIDED for a hold that the provider calls cancelled or let expire.
GONE = frozenset(("CANCELLED", "EXPIRED"))


def judge(judging: Judging) -> Findings:
    if judging.case.order is None:
        yield from _without_order(judging)
        return
    yield from _charges(judging, judging.case.order)
    yield from _books(judging)
    if judging.case.order.token or judging.case.payment:
        yield from _owed(judging, judging.case.order)


def _without_order(judging: Judging) -> Findings:
    payment = judging.case.payment
    if payment is None:
        return
    charge = judging.case.charges.get(payment.token or "")
    since = payment.changed_at or (charge.created_at if charge else None)
    if not judging.is_over(since, judging.limits.in_flight):
        return
    if _has_money(judging, payment):
        is_so = f"captured {_amount(judging, payment)}"
        yield judging.found(Kind.CHARGED_WITHOUT_ORDER, is_so, "an order", since)
    elif payment.status == HELD:
        yield judging.found(Kind.PAYMENT_WITHOUT_ORDER, "payment keeps a hold", "an order", since)


def _has_money(judging: Judging, payment: Payment) -> bool:
    """Whether the shop has the shopper's money; the provider knows better than the row."""
    charge = judging.case.charges.get(payment.token or "")
    return charge.kept > 0 if charge else payment.status == CAPTURED


def _amount(judging: Judging, payment: Payment) -> int | str:
    charge = judging.case.charges.get(payment.token or "")
    return charge.captured if charge else "nobody knows how much" if payment.amount is None else payment.amount


def _charges(judging: Judging, order: Order) -> Findings:
    case = judging.case
    charged = [charge for token in sorted(case.tokens) if (charge := case.charges.get(token)) and charge.captured]
    since = latest(order.modified_at, case.payment.changed_at if case.payment else None)
    if not judging.is_over(since, judging.limits.in_flight):
        return
    captured = sum(charge.captured for charge in charged)
    kept = sum(charge.kept for charge in charged)
    if not charged and case.payment and case.payment.status == CAPTURED and not _asked(judging):
        captured = kept = case.payment.amount or 0
    if len([charge for charge in charged if charge.kept]) > 1:
        yield judging.found(Kind.CHARGED_TWICE, f"captured {captured} in two payments", f"{order.total} once", since)
    elif captured and order.status in ENDED_BADLY and kept:
        is_so = f"captured {captured}, {order.status}"
        yield judging.found(Kind.CHARGED_NOT_DELIVERED, is_so, "no charge", since)
    elif captured and not case.is_delivered and kept and judging.is_over(since, judging.limits.money):
        is_so = f"captured {captured}, {order.status}"
        yield judging.found(Kind.CHARGED_NOT_DELIVERED, is_so, "no charge before the delivery", since)
    elif captured and order.total is not None and captured != order.total:
        is_so = f"captured {captured}"
        yield judging.found(Kind.CHARGED_OTHER_AMOUNT, is_so, f"{order.total}, the order's final total", since)


def _asked(judging: Judging) -> bool:
    payment = judging.case.payment
    return payment is not None and (payment.token or "") in judging.case.charges


def _books(judging: Judging) -> Findings:
    """A row that is settled says what the provider says. One that is not is behind, which is no fault."""
    payment = judging.case.payment
    charge = judging.case.charges.get((payment.token if payment else None) or "")
    if payment is None or charge is None or not judging.is_over(payment.changed_at, judging.limits.in_flight):
        return
    wrong = {
        CAPTURED: charge.status != CAPTURED,
        VOIDED: charge.status not in GONE,
        FAILED: charge.status == CAPTURED,
    }
    if wrong.get(payment.status):
        is_so = f"payment says {payment.status}, the provider {charge.status}"
        yield judging.found(Kind.BOOKS_DIFFER, is_so, "both the same", payment.changed_at)


def _owed(judging: Judging, order: Order) -> Findings:
    case, limits = judging.case, judging.limits
    payment = case.payment
    open_row = payment is None or payment.status == HELD
    told = () if payment else ("OrderModified",)
    if case.is_delivered and order.status not in ENDED_BADLY:
        since = case.delivered_at
        if is_being_packaged(case):
            return  # its total is not final: people decide
        if open_row and judging.is_over(since, limits.money):
            mend = ("OrderModified", "DeliveryCompleted")
            is_so = "payment does not know it" if payment is None else "the money is still held"
            yield judging.found(Kind.DELIVERED_NOT_CAPTURED, is_so, "captured", since, mend)
        elif payment and payment.status == VOIDED and judging.is_over(since, limits.in_flight):
            yield judging.found(Kind.DELIVERED_NOT_CAPTURED, "the hold is void", "captured", since)
    elif order.status in ENDED_BADLY:
        since = order.in_status_since
        if open_row and _is_held(judging) and judging.is_over(since, limits.money):
            mend = (*told, ENDED_BY[order.status])
            is_so = f"{order.status}, the money is still held"
            yield judging.found(Kind.HOLD_NOT_VOID, is_so, "the hold is void", since, mend)
    elif payment is None and judging.is_over(order.created_at, limits.in_flight):
        is_so = "payment does not know it"
        yield judging.found(Kind.ORDER_WITHOUT_PAYMENT, is_so, "payment keeps the hold", order.created_at, told)


def _is_held(judging: Judging) -> bool:
    """Whether payment has not let go of it; for an order that payment does not know, whether the provider holds it."""
    case = judging.case
    return case.payment is not None or any(charge.status == HELD for charge in case.charges.values())
