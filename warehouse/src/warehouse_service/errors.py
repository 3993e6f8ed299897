"""Errors of the warehouse, beside those of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ecom.errors import CallerFault, IllegalMove, NotFound, TryAgain


@dataclass(frozen=True, slots=True)
class Shortage:
    """The units of a product that an order asks for, and the most that it could have, its own reservation included."""

    product_id: str
    requested: int
    available: int

    def as_problem(self) -> dict[str, Any]:
        return {
            "code": InsufficientStock.type,
            "productId": self.product_id,
            "requested": self.requested,
            "available": self.available,
        }


class InsufficientStock(CallerFault):
    """Fewer units are available than requested. Nothing was reserved."""

    type: ClassVar[str] = "INSUFFICIENT_STOCK"
    status: ClassVar[int] = 409

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(f"there is too little of {len(shortages)} of the products")
        self.shortages = tuple(shortages)


class AttemptAtWork(TryAgain):
    """Another request may be creating the order with other lines at this moment. Nothing was reserved."""

    def __init__(self) -> None:
        super().__init__("another request for this order, with other lines, may be at work")


class BelowReserved(CallerFault):
    type: ClassVar[str] = "BELOW_RESERVED"
    status: ClassVar[int] = 409

    def __init__(self, on_hand: int, reserved: int) -> None:
        super().__init__(f"{reserved} are reserved for orders: onHand cannot be {on_hand}")


class RequestNotFound(NotFound):
    def __init__(self, order_id: str) -> None:
        super().__init__(f"there is no packaging request for order {order_id[:200]!r}")


class LineNotFound(NotFound):
    def __init__(self, order_id: str, product_id: str) -> None:
        super().__init__(f"order {order_id[:200]!r} has no product {product_id[:200]!r}")


class IllegalTransition(IllegalMove):
    def __init__(self, order_id: str, status: str, wanted: str) -> None:
        super().__init__(f"the request of order {order_id[:200]!r} is {status} and cannot become {wanted}")


class PackagingStarted(IllegalMove):
    """Staff have started or finished packaging: the order cannot be cancelled."""

    type: ClassVar[str] = "PACKAGING_STARTED"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"packaging of order {order_id[:200]!r} has started")
