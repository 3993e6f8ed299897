"""The errors of this service."""

from typing import ClassVar

from ecom.errors import CallerFault, IllegalMove, NotFound, Poison, TryAgain


class UnreadablePayment(Poison):
    """A row that was written manually and is not a payment. Correct the row, then redrive the event."""


class TooManyConflicts(TryAgain):
    """Concurrent writes changed the same row at every attempt."""


class ProviderUnavailable(TryAgain):
    """No answer from the provider, or an answer outside its contract. Whether the call took effect is unknown."""


class CircuitOpen(TryAgain):
    """The circuit breaker is open: the provider was not called."""


class NotRefunded(IllegalMove):
    """The refund is refused; `code` is that of the REST contract."""

    code: ClassVar[str]


class NotCaptured(NotRefunded):
    """There is no payment, or it was voided or declined."""

    code = "NOT_CAPTURED"


class MoreThanCaptured(NotRefunded):
    code = "MORE_THAN_CAPTURED"


class OtherContent(CallerFault):
    """The id of a refund was used before, with other content."""

    type = "IDEMPOTENCY_MISMATCH"
    status = 409
    code = "IDEMPOTENCY_MISMATCH"


class CapturePending(TryAgain):
    """The order's payment may still be captured."""

    code = "CAPTURE_PENDING"


class RefundsPending(TryAgain):
    """Refunds under way leave too little; their amounts are free again if the provider declines them."""

    code = "REFUNDS_PENDING"


class NoSuchPayment(NotFound):
    """For a service this is no end: the event about the order may be hours late."""

    code = CapturePending.code

    def __init__(self) -> None:
        super().__init__("there is no such order, or payment does not know it yet")
