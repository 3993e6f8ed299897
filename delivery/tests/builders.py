"""Deliveries for tests, valid unless told otherwise."""

from datetime import UTC, datetime
from typing import Any

import delivery_service
from delivery_service.domain import Delivery, opened
from ecom.schemas import Schemas

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCHEMAS = Schemas.of_service(delivery_service.__file__)
ADDRESS = {
    "name": "Jo Shopper",
    "streetAddress": "1 Example Street",
    "postCode": "1000",
    "city": "Example City",
    "country": "DK",
    "phoneNumber": "+45 00 00 00 00",
}


def order(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    """As orders answers it: whole."""
    return {"orderId": order_id, "userId": "user-1", "paymentToken": "secret", "address": dict(ADDRESS), **changes}


def delivery(order_id: str = "order-1", since: datetime = NOON) -> Delivery:
    return opened(order_id, order(order_id), since)
