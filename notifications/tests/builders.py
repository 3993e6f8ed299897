"""Valid orders and events, of which a test changes some fields."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import notifications_service
from ecom.events import IncomingEvent, parse
from ecom.schemas import Schemas
from ecom_testkit.lambda_events import NOON, bus_event
from notifications_service.domain import (
    MAIL_OF_RETURN,
    OrderMail,
    mail_of_changed_order,
    mail_of_new_order,
    mail_of_return,
)

SCHEMAS = Schemas.of_service(notifications_service.__file__)
ADDRESS = "jo@example.com"
LATER = NOON + timedelta(minutes=30)


def order(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    """A complete order as events carry it. A field that is changed to None is left out."""
    complete = {
        "orderId": order_id,
        "userId": "user-1",
        "createdDate": "2026-03-01T09:30:00.000Z",
        "modifiedDate": "2026-03-01T09:30:00.000Z",
        "status": "NEW",
        "products": [
            {"productId": "kettle", "name": "Kettle", "price": 3990, "quantity": 2},
            {"productId": "mug", "name": "Mug & <b>Saucer</b>", "price": 990, "quantity": 4},
        ],
        "address": {"name": "Jo Shopper", "streetAddress": "1 Example Street", "city": "Example", "country": "DK"},
        "deliveryPrice": 1000,
        "total": 12940,
        "currency": "EUR",
        "paymentToken": "token-1",
        **changes,
    }
    return {name: value for name, value in complete.items() if value is not None}


def accepted(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    return bus_event("ecommerce.orders", "OrderCreated", order(order_id, **changes), resources=[order_id])


def status_changed(status: str, order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    history = [
        {"at": "2026-03-01T09:30:00.000Z", "status": "NEW", "cause": "createOrder"},
        {"at": "2026-03-01T11:45:00.000Z", "status": status, "cause": "Event"},
    ]
    new = order(order_id, **{"status": status, "history": history, **changes})
    detail = {"old": order(order_id), "new": new, "changed": ["history", "modifiedDate", "status"]}
    return bus_event("ecommerce.orders", "OrderModified", detail, resources=[order_id])


def returned(detail_type: str, return_id: str = "user-1_return-1", **changes: Any) -> dict[str, Any]:
    """An event of a return."""
    lines = [{"productId": "kettle", "quantity": 2}]
    detail = {"returnId": return_id, "orderId": "order-1", "userId": "user-1", "currency": "EUR", "lines": lines}
    return bus_event("ecommerce.returns", detail_type, {**detail, **changes}, resources=[return_id])


def parsed(raw: Mapping[str, Any]) -> IncomingEvent[Any]:
    return parse(raw, SCHEMAS)


def order_mail(raw: Mapping[str, Any] | None = None) -> OrderMail:
    event = parsed(raw or accepted())
    if event.detail_type in MAIL_OF_RETURN:
        return mail_of_return(event)
    return mail_of_new_order(event) if event.detail_type == "OrderCreated" else mail_of_changed_order(event)
