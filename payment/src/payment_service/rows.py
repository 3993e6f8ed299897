"""A row of the payment table as a Payment, and back. Pure; values are plain Python.

A row written by hand has `orderId` and `paymentToken`, and perhaps nothing else; what we do not know of it, we keep.
"""

from collections.abc import Mapping
from typing import Any

from ecom.limits import MAX_INT
from ecom.validation import is_integer
from payment_service.domain import Action, Call, Facts, Image, Payment, Status
from payment_service.errors import NotAPayment

Item = dict[str, Any]
OURS = (
    "status",
    "total",
    "packagedDate",
    "revised",
    "imageSequence",
    "imageModified",
    "announced",
    "delivered",
    "ended",
    "lowered",
    "refused",
    "call",
    "amount",
)


def payment_of(item: Mapping[str, Any]) -> Payment:
    token, status = item.get("paymentToken"), item.get("status", Status.HELD.value)
    if not isinstance(token, str) or not token:
        raise NotAPayment("the row has no paymentToken")
    if status not in set(Status):
        raise NotAPayment("the row has a status that no payment has")
    call = item.get("call")
    facts = facts_of(item)
    return Payment(
        order_id=str(item["orderId"]),
        token=token,
        status=Status(str(status)),
        facts=facts,
        total=None if facts.image else _amount(item.get("total")),
        lowered=_amount(item.get("lowered")),
        refused=_amount(item.get("refused")),
        call=Call(Action(call["action"]), call.get("amount"), call["key"]) if call else None,
        amount=_amount(item.get("amount")),
    )


def facts_of(item: Mapping[str, Any]) -> Facts:
    image = Image(
        total=_amount(item.get("total")),
        packaged=item.get("packagedDate"),
        revised=item.get("revised") is True,
        sequence=item.get("imageSequence"),
        modified=item.get("imageModified"),
    )
    return Facts(
        image=image if item.get("announced") is True else None,
        delivered=item.get("delivered") is True,
        ended=item.get("ended") is True,
    )


def row_of(payment: Payment, before: Mapping[str, Any]) -> Item:
    """The row after a change; attributes that are not ours stay."""
    call = payment.call
    written = {
        **item_of(payment.facts),
        "status": payment.status.value,
        "total": payment.due,
        "lowered": payment.lowered,
        "refused": payment.refused,
        "call": _known({"action": call.action.value, "amount": call.amount, "key": call.key}) if call else None,
        "amount": payment.amount,
    }
    foreign = {name: value for name, value in before.items() if name not in OURS}
    return {**foreign, "orderId": payment.order_id, "paymentToken": payment.token, **_known(written)}


def item_of(facts: Facts) -> Item:
    image = facts.image
    return _known(
        {
            "announced": True if image else None,
            "total": image.total if image else None,
            "packagedDate": image.packaged if image else None,
            "revised": True if image and image.revised else None,
            "imageSequence": image.sequence if image else None,
            "imageModified": image.modified if image else None,
            "delivered": facts.delivered or None,
            "ended": facts.ended or None,
        }
    )


def _amount(value: Any) -> int | None:
    return int(value) if is_integer(value, 0, MAX_INT) else None


def _known(values: Mapping[str, Any]) -> Item:
    return {name: value for name, value in values.items() if value is not None}
