"""The facts that put findings right: what their owners said or would say, told again. Pure.

A fact that everybody knows changes nothing, so telling it once more is safe, and so is telling it twice. Its id
follows from what it says: consumers that remember ids see a repeat.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ecom.events import Metadata, OutgoingEvent, event_id
from reconciliation_service.findings import Finding
from reconciliation_service.snapshots import COMPLETED, Case

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


class CannotTell(Exception):
    """The owner's row lacks what the fact has to say."""


def facts_of(case: Case, findings: Iterable[Finding]) -> list[OutgoingEvent]:
    """Each fact that some finding about this order wants told, once. Raises CannotTell."""
    wanted = {name for finding in findings for name in finding.mend}
    return [_event(case, name) for name in SOURCES if name in wanted]


def _event(case: Case, name: str) -> OutgoingEvent:
    source = SOURCES[name]
    version = case.order.version if case.order else None
    own_id = event_id(source, f"told again: {name} {case.order_id} {version}")
    correlation_id = case.order.image.get("correlationId") if case.order else None
    return OutgoingEvent(
        source=source,
        detail_type=name,
        resources=(case.order_id,),
        detail=_detail(case, name),
        metadata=Metadata(
            event_id=own_id,
            schema_version=SCHEMA_VERSION,
            correlation_id=str(correlation_id or own_id),
            # Only an order's image has an age; what the others say is true at any time.
            sequence=version if source == "ecommerce.orders" else None,
        ),
    )


def _detail(case: Case, name: str) -> dict[str, Any]:
    if name == "OrderCreated":
        return _image(case)
    if name == "OrderModified":
        image = _image(case)
        # What payment listens for. The lines are not named: no other service has to look at them.
        changed = [field for field in ("packagedDate", "total") if field in image]
        return {"old": image, "new": image, "changed": changed or ["total"]}
    if name == "PackageCreated":
        return {"orderId": case.order_id, "products": _package(case)}
    if name.startswith("Payment"):
        return {"orderId": case.order_id, "amount": _amount(case)}
    if name.startswith("Delivery"):
        return {"orderId": case.order_id, "address": _address(case)}
    return {"orderId": case.order_id}


def _image(case: Case) -> dict[str, Any]:
    if case.order is None:
        raise CannotTell("there is no order to tell of")
    return {key: value for key, value in case.order.image.items() if key not in PRIVATE}


def _package(case: Case) -> list[dict[str, Any]]:
    """What the warehouse packaged; what the order says of it when the warehouse does not know it."""
    if case.request and case.request.status == COMPLETED:
        return [
            {"productId": line.product_id, "quantity": line.packaged} for line in case.request.lines if line.packaged
        ]
    lines = case.order.image.get("products") if case.order and case.order.packaged_at else None
    if not lines:
        raise CannotTell("nobody knows what is in the package")
    return [{"productId": line["productId"], "quantity": line.get("quantity", 1)} for line in lines]


def _address(case: Case) -> Mapping[str, Any]:
    known = (case.delivery.address if case.delivery else None) or (
        case.order.image.get("address") if case.order else None
    )
    if not known:
        raise CannotTell("nobody knows the address")
    return dict(known)


def _amount(case: Case) -> int:
    payment = case.payment
    charge = case.charges.get(payment.token or "") if payment else None
    known = (payment.amount if payment else None, charge.captured or charge.authorised if charge else None)
    amount = next((amount for amount in known if amount is not None), case.order.total if case.order else None)
    if amount is None:
        raise CannotTell("nobody knows the amount")
    return amount
