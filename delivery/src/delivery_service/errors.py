"""The errors of deliveries."""

from ecom.errors import IllegalMove, NotFound, Poison


class NoSuchDelivery(NotFound):
    def __init__(self, order_id: str) -> None:
        super().__init__(f"there is no delivery for order {order_id[:200]!r}")


class IllegalStep(IllegalMove):
    def __init__(self, order_id: str, status: str, wanted: str) -> None:
        super().__init__(f"the delivery of order {order_id[:200]!r} is {status} and cannot become {wanted}")


class NoAddress(Poison):
    """The order has no address to deliver to."""
