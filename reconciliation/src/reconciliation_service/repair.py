"""The facts that put findings right: what their owners said or would say, told again. Pure.

A fact that everybody knows changes nothing, so telling it once more is safe, and so is telling it twice. Its id
follows from what it says: consumers that remember ids see a repeat.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ecom.events import Metadata, OutgoingEvent, event_id
from reconciliation_service.findings import Finding
from reconciliation_service.snapshots import COMPLETED, OrderRecords

SCHEMA_VERSION = "1"
# Bookkeeping of the orders table, which is in no event.
PRIVATE = frozenset(("version", "correlationId", "contentHash", "refunds"))
# An order's image before what became of it, so that whoever hears both knows what it is about.
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
    """The owner's row lacks what the fact has to say."""


def events_of(records: OrderRecords, findings: Iterable[Finding]) -> list[OutgoingEvent]:
    """Each fact that some finding about this order wants told, once. Raises MissingData."""
    wanted = {name for finding in findings for name in finding.repair_events}
    return [_event(records, name) for name in SOURCES if name in wanted]


def _event(records: OrderRecords, name: str) -> OutgoingEvent:
    source = SOURCES[name]
    version = records.order.version if records.order else None
    own_id = event_id(source, f"told again: {name} {records.order_id} {version}")
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
            # Only an order's image has an age; what the others say is true at any time.
            sequence=version if source == "ecommerce.orders" else None,
        ),
    )


def _detail(records: OrderRecords, name: str) -> dict[str, Any]:
    if name == "OrderCreated":
        return _image(records)
    if name == "OrderModified":
        image = _image(records)
        # What payment listens for. The lines are not named: no other service has to look at them.
        changed = [field for field in ("packagedDate", "total") if field in image]
        return {"old": image, "new": image, "changed": changed or ["total"]}
    if name == "PackageCreated":
        return {"orderId": records.order_id, "products": _package(records)}
    if name.startswith("Payment"):
        return {"orderId": records.order_id, "amount": _amount(records)}
    if name.startswith("Delivery"):
        return {"orderId": records.order_id, "address": _address(records)}
    return {"orderId": records.order_id}


def _image(records: OrderRecords) -> dict[str, Any]:
    if records.order is None:
        raise MissingData("there is no order to tell of")
    return {key: value for key, value in records.order.image.items() if key not in PRIVATE}


def _package(records: OrderRecords) -> list[dict[str, Any]]:
    """What the warehouse packaged; what the order says of it when the warehouse does not know it."""
    if records.request and records.request.status == COMPLETED:
        return [
            {"productId": line.product_id, "quantity": line.packaged} for line in records.request.lines if line.packaged
        ]
    lines = records.order.image.get("products") if records.order and records.order.packaged_at else None
    if not lines:
        raise MissingData("nobody knows what is in the package")
    return [{"productId": line["productId"], "quantity": line.get("quantity", 1)} for line in lines]


def _address(records: OrderRecords) -> Mapping[str, Any]:
    known = (records.delivery.address if records.delivery else None) or (
        records.order.image.get("address") if records.order else None
    )
    if not known:
        raise MissingData("nobody knows the address")
    return dict(known)


def _amount(records: OrderRecords) -> int:
    payment = records.payment
    entry = records.ledger.get(payment.token or "") if payment else None
    known = (payment.amount if payment else None, entry.captured or entry.authorised if entry else None)
    amount = next((amount for amount in known if amount is not None), records.order.total if records.order else None)
    if amount is None:
        raise MissingData("nobody knows the amount")
    return amount
