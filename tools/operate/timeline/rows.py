"""Steps from the rows that the services keep about an order. Pure.

A row that was written manually may hold anything: what cannot be read is left out.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ecom.money import money
from ecom.row_history import Move, moves
from ecom.stored_orders import full
from ecom.times import in_utc
from tools.operate.timeline.steps import Kind, Step

Item = Mapping[str, Any]


class Meaning(NamedTuple):
    """What a status of a row means: what happened, the function that wrote it, the usual request or event that led to
    it, and the event that the service published."""

    what: str
    function: str = ""
    cause: str = ""
    event: str = ""


ORDER: Mapping[str, Meaning] = {
    "NEW": Meaning("is accepted", "orders-graphql-create-order", "createOrder", "OrderCreated"),
    "PACKAGED": Meaning("is packed", "orders-on-fulfilment-event", "PackageCreated", "OrderModified"),
    "SHIPPED": Meaning("is on its way", "orders-on-fulfilment-event", "DeliveryStarted", "OrderModified"),
    "FULFILLED": Meaning("is delivered (final)", "orders-on-fulfilment-event", "DeliveryCompleted", "OrderModified"),
    "CANCELLED": Meaning("is cancelled (final)", "", "", "OrderModified"),
    "PACKAGING_FAILED": Meaning("could not be packed (final)", "orders-on-fulfilment-event", "", "OrderModified"),
    "DELIVERY_FAILED": Meaning("could not be delivered (final)", "orders-on-fulfilment-event", "", "OrderModified"),
}
REQUEST: Mapping[str, Meaning] = {
    "HELD": Meaning("reserved", "warehouse-rest-reserve", "createOrder", ""),
    "NEW": Meaning("the order waits to be packed", "warehouse-on-order-event", "OrderCreated", ""),
    "IN_PROGRESS": Meaning("packing has begun", "warehouse-graphql-packaging", "startPackaging", ""),
    "COMPLETED": Meaning("packed", "warehouse-graphql-packaging", "completePackaging", "PackageCreated"),
    "FAILED": Meaning("nothing could be packed", "warehouse-graphql-packaging", "completePackaging", "PackagingFailed"),
    "CANCELLED": Meaning(
        "given back, since the order is cancelled",
        "warehouse-rest-cancel",
        "cancelOrder",
        "PackagingCancelled",
    ),
    "LAPSED": Meaning("given back, since no order owns them", "warehouse-rest-settle-due", "", ""),
}
DELIVERY: Mapping[str, Meaning] = {
    "NEW": Meaning("waits to be delivered", "delivery-on-package-created", "PackageCreated", ""),
    "IN_PROGRESS": Meaning("handed over", "delivery-graphql-delivery-steps", "startDelivery", "DeliveryStarted"),
    "COMPLETED": Meaning("delivered", "delivery-graphql-delivery-steps", "completeDelivery", "DeliveryCompleted"),
    "FAILED": Meaning("brought back", "delivery-graphql-delivery-steps", "failDelivery", "DeliveryFailed"),
}
PAYMENT: Mapping[str, Meaning] = {
    "HELD": Meaning("payment stored the hold of the order", "payment-on-order-event", "OrderCreated", ""),
    "CAPTURED": Meaning("were captured", "payment-on-order-event", "DeliveryCompleted", "PaymentCaptured"),
    "VOIDED": Meaning("were released: the shopper pays nothing", "payment-on-order-event", "", "PaymentVoided"),
    "FAILED": Meaning("were declined by the provider", "payment-on-order-event", "", "PaymentFailed"),
}
# The event that a mail is sent on; that of the others is OrderModified.
MAIL_EVENTS: Mapping[str, str] = {
    "accepted": "OrderCreated",
    "return_approved": "ReturnApproved",
    "return_refused": "ReturnRefused",
    "return_refunded": "ReturnRefunded",
}
MAILS = {"SENT": "was sent", "CLAIMED": "is being sent", "UNKNOWN": "was perhaps sent: SES gave no answer"}


def of_order(item: Item) -> Iterator[Step]:
    item = full(item)
    for entry in items_of(item.get("history")):
        moment, status = moment_of(entry.get("at")), string_of(entry.get("status"))
        if moment is None or not status:
            continue
        what, function, cause, event = ORDER.get(status, Meaning(f"is {status}", event="OrderModified"))
        cause = string_of(entry.get("cause")) or cause
        if status == "NEW":
            what = f"is accepted: {amounts_of(item.get('products'), 'quantity')}, {_amount(item, 'total')} in all"
        if cause == "cancelOrder":
            function = "orders-graphql-cancel-order"
        yield Step(moment, "orders", Kind.ORDER, f"the order {what}", status, cause, event, function)


def of_request(item: Item) -> Iterator[Step]:
    for move in _moves(item):
        what, function, cause, event = REQUEST.get(move.status, Meaning(move.status))
        if move.status in ("HELD", "COMPLETED", "LAPSED", "CANCELLED"):
            counted = "packaged" if move.status == "COMPLETED" else "quantity"
            what = f"{amounts_of(item.get('lines'), counted)} {what}"
        yield Step(move.at, "warehouse", Kind.GOODS, what, move.status, cause, event, function, move.correlation_id)


def of_delivery(item: Item) -> Iterator[Step]:
    for move in _moves(item):
        what, function, cause, event = DELIVERY.get(move.status, Meaning(move.status))
        if move.status == "IN_PROGRESS" and (carrier := string_of(item.get("carrier"))):
            what = f"{what} to {carrier}, number {string_of(item.get('trackingNumber'))}"
        text = f"the parcel {what}" if move.status == "NEW" else f"the parcel is {what}"
        yield Step(move.at, "delivery", Kind.PARCEL, text, move.status, cause, event, function, move.correlation_id)


def of_payment(item: Item, currency: str) -> Iterator[Step]:
    for move in _moves(item):
        what, function, cause, event = PAYMENT.get(move.status, Meaning(move.status))
        amount = f"{money(item['amount'], currency)} " if event and isinstance(item.get("amount"), int) else ""
        yield Step(
            move.at, "payment", Kind.MONEY, f"{amount}{what}", move.status, cause, event, function, move.correlation_id
        )
    if isinstance(back := item.get("refunded"), int) and back:
        what = f"{money(back, currency)} were paid back so far"
        at = moment_of(item.get("refundedDate"))
        yield Step(at, "payment", Kind.MONEY, what, "REFUNDED", "refund", "PaymentRefunded")
    call = item.get("call")
    if isinstance(call, Mapping):
        action = string_of(call.get("action"))
        what = f"the provider was asked to {action.lower()} and gave no answer yet; payment asks again"
        yield Step(None, "payment", Kind.NEXT, what, action)


def of_mail(item: Item) -> Step:
    state, kind = string_of(item.get("state")), string_of(item.get("kind"))
    return Step(
        moment_of(item.get("since")),
        "notifications",
        Kind.MAIL,
        f"the mail “{kind}” {MAILS.get(state, state)}",
        state,
        MAIL_EVENTS.get(kind, "OrderModified"),
        function="notifications-on-order-event",
        trace=string_of(item.get("correlationId")),
    )


def _moves(item: Item) -> list[Move]:
    """The history; of a row that has none, because it was written manually or by an older version, its last change."""
    found = moves(item.get("history"))
    since, status = moment_of(item.get("since")), string_of(item.get("status"))
    if found or since is None or not status:
        return found
    return [Move(since, status, string_of(item.get("correlationId")))]


def amounts_of(lines: Any, counted: str) -> str:
    """Such as `2 x kettle, 1 x cup`."""
    parts = [
        f"{line[counted]} x {string_of(line.get('productId'))}"
        for line in items_of(lines)
        if isinstance(line.get(counted), int) and line[counted]
    ]
    return ", ".join(parts) or "nothing"


def _amount(item: Item, name: str) -> str:
    amount = item.get(name)
    return money(amount, string_of(item.get("currency"))) if isinstance(amount, int) else "an unknown amount"


def items_of(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def string_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def moment_of(value: Any) -> datetime | None:
    try:
        return in_utc(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        return None
