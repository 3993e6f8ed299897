"""Orders for tests: valid unless a test changes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.events import IncomingEvent
from orders_service.domain import Line, Order
from orders_service.drafts import Draft, read_draft
from orders_service.rows import item_from_order, line_from_item, order_from_item

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 13, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"


def kettle(**changes: Any) -> dict[str, Any]:
    """A line as a request and an item have it."""
    line = {
        "productId": "kettle",
        "name": "Kettle",
        "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
        "price": 3990,
        "quantity": 2,
    }
    return {**line, **changes}


def mug(**changes: Any) -> dict[str, Any]:
    line = {"productId": "mug", "name": "Mug", "package": {"weight": 350}, "price": 990, "quantity": 4}
    return {**line, **changes}


def lines(*items: dict[str, Any]) -> tuple[Line, ...]:
    return tuple(line_from_item(item) for item in items)


def address(**changes: Any) -> dict[str, Any]:
    fields = {
        "name": "Jo Shopper",
        "companyName": "Example Ltd",
        "streetAddress": "1 Example Street",
        "postCode": "1000",
        "city": "Example City",
        "country": "DK",
        "phoneNumber": "+45 00 00 00 00",
    }
    return {**fields, **changes}


def request(**changes: Any) -> dict[str, Any]:
    """The input that a storefront sends."""
    fields = {
        "products": [kettle(), mug()],
        "address": address(),
        "deliveryPrice": 0,
        "paymentToken": "d1f6c1be-0c53-4d38-9b3a-7c2d3c8a1a77",
    }
    return {**fields, **changes}


def draft_of(given: dict[str, Any]) -> Draft:
    """What createOrder reads from the input."""
    return read_draft(given, "EUR")


def item(user_id: str = USER, **changes: Any) -> dict[str, Any]:
    """The item that createOrder stores."""
    return {**item_from_order(draft_of(request()).order(user_id, NOON, "request-1")), **changes}


def order(user_id: str = USER, **changes: Any) -> Order:
    """The order in `item(...)`."""
    return order_from_item(item(user_id, **changes))


def manual_item(**changes: Any) -> dict[str, Any]:
    """An item that was written manually: without history, payment and private attributes."""
    names = (
        *("orderId", "userId", "createdDate", "modifiedDate", "status"),
        *("products", "address", "deliveryPrice", "total"),
    )
    full = item()
    return {**{name: full[name] for name in names}, **changes}


def manual_order(**changes: Any) -> Order:
    return order_from_item(manual_item(**changes))


def event(detail_type: str, number: int = 1, **detail: Any) -> IncomingEvent[Any]:
    """An event about any order. The same number means a repeat of the same event."""
    return IncomingEvent(
        id=f"delivery-of-{detail_type}-{number}",
        source="ecommerce.any",
        detail_type=detail_type,
        resources=("any",),
        detail={"orderId": "any", **detail},
        time=LATER,
        metadata={"eventId": f"{detail_type}-{number}"},
    )
