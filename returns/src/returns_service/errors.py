"""Errors of returns. The type shows whose fault it is and whether a retry helps (ecom.errors)."""

from ecom.errors import CallerFault, IllegalMove, NotFound, TryAgain


class NoSuchOrder(NotFound):
    """It does not exist, or belongs to another shopper."""

    def __init__(self) -> None:
        super().__init__("there is no such order")


class NoSuchReturn(NotFound):
    """It does not exist, or belongs to another shopper."""

    def __init__(self) -> None:
        super().__init__("there is no such return")


class NotReturnable(IllegalMove):
    """The order, or so many of its units, cannot be returned now."""


class PackageUnknown(TryAgain):
    """Events overtake each other: *orders* knows that the order is delivered, and not yet what was in the package."""

    def __init__(self) -> None:
        super().__init__("it is not known yet what was delivered")


class IdempotencyMismatch(CallerFault):
    type = "IDEMPOTENCY_MISMATCH"
    status = 409

    def __init__(self) -> None:
        super().__init__("this clientToken was used for a return with other content; use a new one")


class TooManyConflicts(TryAgain):
    """Other requests changed the return, or the order's other returns, at every attempt."""

    def __init__(self) -> None:
        super().__init__("the return is being changed by other requests")


class StillPending(TryAgain):
    """payment has no outcome of the refund yet."""

    def __init__(self) -> None:
        super().__init__("the refund is still pending")
