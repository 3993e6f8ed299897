"""Returns, orders and the other services for tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.errors import TryAgain
from returns_service.clients import Declined, Refunded
from returns_service.domain import Line, Move, Order, Request, RequestedLine, Return, Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DELIVERED = NOON - timedelta(days=5)
USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
STRANGER = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
ORDER = "order-1"
RETURN = f"{USER}_return-1"


def order(**changes: Any) -> Order:
    values: dict[str, Any] = {
        "order_id": ORDER,
        "user_id": USER,
        "currency": "EUR",
        "delivered": {"kettle": 3, "cup": 2},
        "prices": {"kettle": 3990, "cup": 990},
        "delivered_at": DELIVERED,
    }
    return Order(**{**values, **changes})


def order_item(**changes: Any) -> dict[str, Any]:
    """As *orders* answers it."""
    return {
        "orderId": ORDER,
        "userId": USER,
        "currency": "EUR",
        "status": "FULFILLED",
        "modifiedDate": "2026-03-06T12:00:00.000Z",
        "packagedDate": "2026-03-03T12:00:00.000Z",
        "products": [
            {"productId": "kettle", "quantity": 3, "price": 3990},
            {"productId": "cup", "quantity": 2, "price": 990},
        ],
        "history": [
            {"at": "2026-03-01T12:00:00.000Z", "status": "NEW", "cause": "createOrder"},
            {"at": "2026-03-05T12:00:00.000Z", "status": "FULFILLED", "cause": "DeliveryCompleted"},
        ],
        **changes,
    }


def request(*lines: RequestedLine, **changes: Any) -> Request:
    values: dict[str, Any] = {
        "return_id": RETURN,
        "user_id": USER,
        "order_id": ORDER,
        "lines": lines or (RequestedLine("kettle", 2, "it leaks"),),
        "cause": "requestReturn",
    }
    return Request(**{**values, **changes})


def a_return(status: Status = Status.REQUESTED, *lines: Line, **changes: Any) -> Return:
    values: dict[str, Any] = {
        "return_id": RETURN,
        "order_id": ORDER,
        "user_id": USER,
        "currency": "EUR",
        "status": status,
        "lines": lines or (Line("kettle", 2, 3990, "it leaks"),),
        "history": (Move(NOON, Status.REQUESTED, "requestReturn"),),
        "content_hash": "hash",
    }
    return Return(**{**values, **changes})


class OrdersInMemory:
    def __init__(self, *items: Mapping[str, Any]) -> None:
        self.items = {item["orderId"]: item for item in items or (order_item(),)}
        self.is_down = False

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        if self.is_down:
            raise TryAgain("orders does not answer")
        return self.items.get(order_id)


class PaymentInMemory:
    """Refunds once for each return, like *payment*."""

    def __init__(self, left: int = 100_000) -> None:
        self.left = left
        self.refunds: dict[str, int] = {}
        self.fault: Exception | Declined | None = None

    def refund(self, return_id: str, order_id: str, amount: int) -> Refunded | Declined:
        if isinstance(self.fault, Declined):
            return self.fault
        if self.fault is not None:
            raise self.fault
        if return_id not in self.refunds:
            self.refunds[return_id] = min(amount, self.left)
            self.left -= self.refunds[return_id]
        return Refunded(self.refunds[return_id])


class WarehouseInMemory:
    def __init__(self) -> None:
        self.restocked: dict[str, dict[str, int]] = {}
        self.fault: Exception | None = None

    def restock(self, return_id: str, units: Mapping[str, int]) -> None:
        if self.fault is not None:
            raise self.fault
        self.restocked.setdefault(return_id, dict(units))


class MachineSpy:
    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.ended: list[tuple[str, str]] = []

    def start(self, name: str, given: Mapping[str, str]) -> None:
        assert given["returnId"] == name
        self.started.append((name, given["correlationId"]))

    def end_wait(self, token: str, output: Mapping[str, str]) -> None:
        self.ended.append((token, output["status"]))
