"""Errors of orders. The type shows whose fault it is and whether a retry helps (ecom.errors)."""

from ecom.errors import CallerFault, IllegalMove, NotFound, PlatformError, Poison, TryAgain


class NoSuchOrder(NotFound):
    """The order does not exist, or belongs to another user."""

    def __init__(self) -> None:
        super().__init__("there is no such order of yours")


class TooLate(IllegalMove):
    def __init__(self, status: str) -> None:
        super().__init__(f"the order can no longer be cancelled: it is {status[:50]}")


class PaymentTokenUsed(CallerFault):
    """Another order, of this user or another, has this payment token."""

    type = "PAYMENT_REFUSED"


class TooManyUnfinished(TryAgain):
    """So many createOrder requests of the user got no answer that further ones might hold too much stock."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} of your orders are unfinished: send one of them again, or wait a quarter of an hour")


class StaleEvent(PlatformError):
    """The order is already past the event: it is counted and changes nothing."""

    type = "STALE"


class ImpossiblePackage(Poison):
    """A package that cannot belong to this order."""


class UnreadableOrder(Poison):
    """The stored item is not a valid order: correct it, then redrive the event."""

    def __init__(self, attribute: str) -> None:
        super().__init__(f"the stored item is not a valid order: {attribute} has another type")
