"""The events that repair findings, built from the owners' tables. Pure.

An event that a service has handled changes nothing, so publishing it again is safe. Its id is derived from its content:
published twice, it is a repeat.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ecom.events import Metadata, OutgoingEvent, event_id
from ecom.stored_orders import public
from reconciliation_service.findings import Finding
from reconciliation_service.snapshots import COMPLETED, OrderRecords

SCHEMA_VERSION = "1"
# In the order in which events are published: the order itself before what happened to it.
SOURCES: Mapping[str, str] = {
    "OrderCreated": "ecommerce.orders",
    "OrderModified": "ecommerce.orders",
    "PackageCreated": "ecommerce.warehouse",
    "PackagingFailed": "ecommerce.warehouse",
    "PackagingCancelled": "ecommerce.warehouse",
    "DeliveryStarted": "ecommerce.delivery",
    "DeliveryCompleted": "ecommerce.delivery",
    "DeliveryFailed": "ecommerce.delivery",
    "PaymentCaptured": "ecommerce.payment",
    "PaymentVoided": "ecommerce.payment",
    "PaymentFailed": "ecommerce.payment",
}


class MissingData(Exception):
    """The owner's row lacks data that the event needs."""


def events_of(records: OrderRecords, findings: Iterable[Finding]) -> list[OutgoingEvent]:
    """Each event that the findings about this order need, once. Raises MissingData."""
    wanted = {name for finding in findings for name in finding.repair_events}
    return [_event(records, name) for name in SOURCES if name in wanted]


def _event(records: OrderRecords, name: str) -> OutgoingEvent:
    source = SOURCES[name]
    version = records.order.version if records.order else None
    own_id = event_id(source, f"repair: {name} {records.order_id} {version}")
    correlation_id = records.order.image.get("correlationId") if records.order else None
    return OutgoingEvent(
        source=source,
        detail_type=name,
        resources=(records.order_id,),
        detail=_detail(records, name),
        metadata=Metadata(
            event_id=own_id,
            schema_version=SCHEMA_VERSION,
            correlation_id=str(correlation_id or own_id),
            # Only snapshots of an order have a sequence; the other events are true at any time.
            sequence=version if source == "ecommerce.orders" else None,
        ),
    )


def _detail(records: OrderRecords, name: str) -> dict[str, Any]:
    if name == "OrderCreated":
        return _image(records)
    if name == "OrderModified":
        image = _image(records)
        # The fields that payment reads. `products` is not named, so that no other consumer reacts.
        changed = [field for field in ("packagedDate", "total") if field in image]
        return {"old": image, "new": image, "changed": changed or ["total"]}
    if name == "PackageCreated":
        return {"orderId": records.order_id, "products": _package(records)}
    if name.startswith("Payment"):
        currency = records.order.image.get("currency") if records.order else None
        known = {"currency": currency} if currency else {}
        return {"orderId": records.order_id, "amount": _amount(records), **known}
    if name == "DeliveryStarted":
        shipment = records.delivery.shipment if records.delivery else {}
        return {"orderId": records.order_id, "address": _address(records), **shipment}
    if name.startswith("Delivery"):
        return {"orderId": records.order_id, "address": _address(records)}
    return {"orderId": records.order_id}


def _image(records: OrderRecords) -> dict[str, Any]:
    if records.order is None:
        raise MissingData("there is no order")
    return public(records.order.image)


def _package(records: OrderRecords) -> list[dict[str, Any]]:
    """What the warehouse packed, else what the order has."""
    if records.request and records.request.status == COMPLETED:
        return [
            {"productId": line.product_id, "quantity": line.packaged} for line in records.request.lines if line.packaged
        ]
    lines = records.order.image.get("products") if records.order and records.order.packaged_at else None
    if not lines:
        raise MissingData("the contents of the package are unknown")
    return [{"productId": line["productId"], "quantity": line.get("quantity", 1)} for line in lines]


def _address(records: OrderRecords) -> Mapping[str, Any]:
    known = (records.delivery.address if records.delivery else None) or (
        records.order.image.get("address") if records.order else None
    )
    if not known:
        raise MissingData("the address is unknown")
    return dict(known)


def _amount(records: OrderRecords) -> int:
    payment, entry = records.payment, records.payment_entry
    known = (payment.amount if payment else None, entry.captured or entry.authorised if entry else None)
    amount = next((amount for amount in known if amount is not None), records.order.total if records.order else None)
    if amount is None:
        raise MissingData("the amount is unknown")
    return amount
