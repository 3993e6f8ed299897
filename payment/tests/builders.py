"""Events about an order with the fields that payment reads."""

from typing import Any

from ecom_testkit.lambda_events import bus_event

ORDER = "order-1"
TOKEN = "token-1"
HELD = 3000
TOTAL = 2500
Event = dict[str, Any]


def order(**changes: Any) -> dict[str, Any]:
    return {
        "orderId": ORDER,
        "paymentToken": TOKEN,
        "products": [{"productId": "kettle"}],
        "total": HELD,
        "modifiedDate": "2026-03-01T09:30:00.000Z",
        "status": "NEW",
        **changes,
    }


def packaged(total: int = TOTAL) -> dict[str, Any]:
    return order(
        total=total,
        packagedDate="2026-03-01T10:00:00.000Z",
        modifiedDate="2026-03-01T10:00:00.000Z",
        status="PACKAGED",
    )


def created(**changes: Any) -> Event:
    return bus_event("ecommerce.orders", "OrderCreated", {**order(**changes), **_metadata(1)}, resources=[ORDER])


def modified(new: dict[str, Any], sequence: int = 2) -> Event:
    detail = {"old": order(), "new": new, "changed": ["packagedDate", "total"], **_metadata(sequence)}
    return bus_event("ecommerce.orders", "OrderModified", detail, resources=[ORDER])


def deleted() -> Event:
    return bus_event("ecommerce.orders", "OrderDeleted", {"orderId": ORDER}, resources=[ORDER])


def delivery(detail_type: str) -> Event:
    return bus_event("ecommerce.delivery", detail_type, {"orderId": ORDER}, resources=[ORDER])


def warehouse(detail_type: str) -> Event:
    return bus_event("ecommerce.warehouse", detail_type, {"orderId": ORDER}, resources=[ORDER])


def _metadata(sequence: int) -> dict[str, Any]:
    metadata = {"eventId": f"event-{sequence}", "sequence": sequence, "schemaVersion": "1", "correlationId": "c-1"}
    return {"metadata": metadata}
