"""Valid orders, packages and deliveries for tests; a test passes the fields that it changes."""

from datetime import UTC, datetime
from typing import Any

import delivery_service
from delivery_service.domain import Delivery, new_delivery
from ecom.contracts.common import Address
from ecom.contracts.warehouse import PackageCreated
from ecom.schemas import Schemas
from ecom_testkit.lambda_events import bus_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCHEMAS = Schemas.of_service(delivery_service.__file__)
ADDRESS: Address = {
    "name": "Jo Shopper",
    "streetAddress": "1 Example Street",
    "postCode": "1000",
    "city": "Example City",
    "country": "DK",
    "phoneNumber": "+45 00 00 00 00",
}


def order(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    """An order as the service orders returns it."""
    return {"orderId": order_id, "userId": "user-1", "paymentToken": "secret", "address": ADDRESS, **changes}


def delivery(order_id: str = "order-1", since: datetime = NOON) -> Delivery:
    return new_delivery(order_id, order(order_id), since)


def package(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    """A PackageCreated of the warehouse."""
    detail: PackageCreated = {"orderId": order_id, "products": [{"productId": "kettle", "quantity": 1}]}
    return bus_event("ecommerce.warehouse", "PackageCreated", {**detail, **changes})
