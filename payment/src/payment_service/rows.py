"""Conversion between items of the payment table and Payment. Pure.

A row that was written manually has `orderId` and `paymentToken`, and perhaps nothing else. Attributes that are not ours
stay as they are.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecom import row_history
from ecom.dynamo import Item
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from payment_service.domain import Action, Call, OrderProgress, OrderSnapshot, Payment, Status
from payment_service.errors import UnreadablePayment


def payment_from_item(item: Mapping[str, Any]) -> Payment:
    """Raises UnreadablePayment."""
    token, status = item.get("paymentToken"), item.get("status", Status.HELD.value)
    if not isinstance(token, str) or not token:
        raise UnreadablePayment("the payment row has no paymentToken; correct the row, then redrive the event")
    if status not in tuple(Status):
        raise UnreadablePayment(
            f"the payment row has a status other than {', '.join(Status)}; correct the row, then redrive the event"
        )
    call = item.get("call")
    progress = progress_from_item(item)
    return Payment(
        order_id=str(item["orderId"]),
        token=token,
        status=Status(str(status)),
        progress=progress,
        total=None if progress.snapshot else _amount(item.get("total")),
        lowered=_amount(item.get("lowered")),
        refused=_amount(item.get("refused")),
        call=Call(Action(call["action"]), call.get("amount"), call["key"]) if call else None,
        amount=_amount(item.get("amount")),
    )


def progress_from_item(item: Mapping[str, Any]) -> OrderProgress:
    snapshot = OrderSnapshot(
        total=_amount(item.get("total")),
        packaged_date=item.get("packagedDate"),
        revised=item.get("revised") is True,
        sequence=item.get("imageSequence"),
        modified_date=item.get("imageModified"),
    )
    return OrderProgress(
        snapshot=snapshot if item.get("announced") is True else None,
        delivered=item.get("delivered") is True,
        ended=item.get("ended") is True,
        currency=item.get("currency") or None,
    )


def next_item(payment: Payment, before: Mapping[str, Any], correlation_id: str, at: datetime) -> Item:
    """The item to write over `before`, which is empty for a new row.

    `etag` counts every write. `version`, the sequence of the events, counts the writes that publish one.
    """
    call = payment.call
    ours = {
        **_progress_attributes(payment.progress),
        "status": payment.status.value,
        "total": payment.due,
        "lowered": payment.lowered,
        "refused": payment.refused,
        "call": _present({"action": call.action.value, "amount": call.amount, "key": call.key}) if call else None,
        "amount": payment.amount,
    }
    version = {"version": int(before.get("version", 0)) + 1} if payment.status is not Status.HELD else {}
    history = row_history.extended(row_history.texts(before.get("history")), at, payment.status.value, correlation_id)
    return {
        **{name: value for name, value in before.items() if name not in ours},
        "history": history,
        "orderId": payment.order_id,
        "paymentToken": payment.token,
        "etag": int(before.get("etag", 0)) + 1,
        "correlationId": correlation_id,
        **version,
        **_present(ours),
    }


def item_from_progress(progress: OrderProgress) -> Item:
    return _present(_progress_attributes(progress))


def _progress_attributes(progress: OrderProgress) -> Item:
    """All attributes of a progress, None for those that it does not have."""
    snapshot = progress.snapshot or OrderSnapshot(total=None, packaged_date=None)
    return {
        "announced": True if progress.snapshot else None,
        "total": snapshot.total,
        "packagedDate": snapshot.packaged_date,
        "revised": snapshot.revised or None,
        "imageSequence": snapshot.sequence,
        "imageModified": snapshot.modified_date,
        "delivered": progress.delivered or None,
        "ended": progress.ended or None,
        "currency": progress.currency,
    }


def _amount(value: Any) -> int | None:
    return int(value) if is_integer(value, 0, MAX_INT) else None


def _present(values: Mapping[str, Any]) -> Item:
    return {name: value for name, value in values.items() if value is not None}
