"""Orders for tests, valid unless told otherwise."""

from datetime import UTC, datetime
from typing import Any

from orders_service.drafts import read_draft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 13, tzinfo=UTC)
USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"


def line(**changes: Any) -> dict[str, Any]:
    given = {
        "productId": "kettle",
        "name": "Kettle",
        "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
        "price": 3990,
        "quantity": 2,
    }
    return {**given, **changes}


def mug(**changes: Any) -> dict[str, Any]:
    return line(
        **{"productId": "mug", "name": "Mug", "package": {"weight": 350}, "price": 990, "quantity": 4, **changes}
    )


def address(**changes: Any) -> dict[str, Any]:
    given = {
        "name": "Jo Shopper",
        "companyName": "Example Ltd",
        "streetAddress": "1 Example Street",
        "postCode": "1000",
        "city": "Example City",
        "country": "DK",
        "phoneNumber": "+45 00 00 00 00",
    }
    return {**given, **changes}


def request(**changes: Any) -> dict[str, Any]:
    """What a storefront sends."""
    given = {
        "products": [line(), mug()],
        "address": address(),
        "deliveryPrice": 0,
        "paymentToken": "d1f6c1be-0c53-4d38-9b3a-7c2d3c8a1a77",
    }
    return {**given, **changes}


def order(user_id: str = USER, **changes: Any) -> dict[str, Any]:
    """As the table holds it after createOrder."""
    return {**read_draft(request()).order(user_id, NOON), "version": 1, "correlationId": "request-1", **changes}


def by_hand(**changes: Any) -> dict[str, Any]:
    """As somebody puts it straight into the table: keys, and what they thought of."""
    whole = order()
    kept = (
        "orderId",
        "userId",
        "createdDate",
        "modifiedDate",
        "status",
        "products",
        "address",
        "deliveryPrice",
        "total",
    )
    return {**{name: whole[name] for name in kept}, **changes}
