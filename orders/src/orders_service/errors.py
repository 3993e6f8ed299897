"""What can go wrong with an order."""

from ecom.errors import CallerFault, IllegalMove, NotFound, PlatformError, Poison


class NoSuchOrder(NotFound):
    """Foreign and missing alike."""

    def __init__(self) -> None:
        super().__init__("there is no such order of yours")


class TooLate(IllegalMove):
    def __init__(self, status: str) -> None:
        super().__init__(f"the order can no longer be cancelled: it is {status[:50]}")


class PaymentTokenUsed(CallerFault):
    """Another order has this payment token, whoever owns it."""

    type = "PAYMENT_REFUSED"


class StaleFact(PlatformError):
    """A fact that the order is beyond: it is counted, and changes nothing."""

    type = "STALE"


class ImpossiblePackage(Poison):
    """A package that cannot be of this order."""


class UnreadableOrder(Poison):
    """Somebody put something into the table by hand that is no order; mend it, then send the fact again."""
