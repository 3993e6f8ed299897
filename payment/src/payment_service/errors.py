"""The errors of this service."""

from ecom.errors import Poison, TryAgain


class UnreadablePayment(Poison):
    """A row that was written manually and is not a payment. Correct the row, then redrive the event."""


class TooManyConflicts(TryAgain):
    """Concurrent writes changed the same row at every attempt."""


class ProviderUnavailable(TryAgain):
    """No answer from the provider, or an answer outside its contract. Whether the call took effect is unknown."""


class CircuitOpen(TryAgain):
    """The circuit breaker is open: the provider was not called."""
