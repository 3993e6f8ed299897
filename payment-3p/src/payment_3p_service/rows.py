"""A payment as a DynamoDB item. Pure.

A row that was written by hand may lack attributes or have others: it is read with defaults. `amount` alone is a hold of
that amount. Nothing can be done with a payment of an unknown status: it is read as CANCELLED.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from payment_3p_service.domain import NEVER, UNKNOWN_TIME, Payment, Status
from payment_3p_service.held_index import partition

Item = Mapping[str, Any]


def item_from_payment(payment: Payment, revision: int) -> dict[str, Any]:
    item: dict[str, Any] = {
        "paymentToken": payment.token,
        "status": payment.status.value,
        "authorised": payment.authorised,
        "captured": payment.captured,
        "refunded": payment.refunded,
        "lastFour": payment.last_four,
        "createdAt": payment.created_at,
        "expiresAt": payment.expires_at,
        "revision": revision,
    }
    if payment.status is Status.HELD:  # the sparse index lists the holds only
        item |= {"held": partition(payment.token), "since": f"{payment.created_at}~{payment.token}"}
    return item


def payment_from_item(item: Item) -> Payment:
    status = _status(item)
    authorised = _amount(item.get("authorised", item.get("amount")), 0)
    return Payment(
        token=item["paymentToken"],
        status=status,
        authorised=authorised,
        captured=_amount(item.get("captured"), authorised if status is Status.CAPTURED else 0),
        refunded=_amount(item.get("refunded"), 0),
        last_four=_text(item.get("lastFour"), ""),
        created_at=_text(item.get("createdAt"), UNKNOWN_TIME),
        expires_at=_text(item.get("expiresAt"), NEVER),
    )


def _status(item: Item) -> Status:
    try:
        return Status(item.get("status", Status.HELD))
    except ValueError:
        return Status.CANCELLED


def _amount(value: Any, default: int) -> int:
    is_whole = isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value) >= 0
    return int(value) if is_whole else default


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) and value else default
