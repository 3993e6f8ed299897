"""A circuit breaker per execution environment: after several failed calls in a row the provider is not called.

closed      every call is made
open        no call is made for OPEN_SECONDS after the last failure; messages go back to the queue unhandled
half open   afterwards the next call is the probe: an answer closes the circuit, a failure opens it again
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from payment_service.domain import LedgerEntry
from payment_service.errors import CircuitOpen, ProviderUnavailable
from payment_service.provider import Provider

MAX_FAILURES = 3
OPEN_SECONDS = 10.0  # short: the messages that wait have a back-off of their own

T = TypeVar("T")


@dataclass(slots=True)
class CircuitBreaker:
    """`on_open` is called each time the circuit opens, also after a failed probe, so that its metric lasts as long as
    the outage."""

    clock: Callable[[], float]
    on_open: Callable[[], None]
    _failures: int = field(default=0, init=False)
    _open_until: float = field(default=0.0, init=False)

    def check(self) -> None:
        """Raise CircuitOpen while the circuit is open."""
        if self._failures >= MAX_FAILURES and self.clock() < self._open_until:
            raise CircuitOpen(f"the provider did not answer {self._failures} times in a row; it is not called for now")

    def call(self, make: Callable[[], T]) -> T:
        """Make the call and count its failure. An answer, even a refusal, resets the count."""
        try:
            answer = make()
        except ProviderUnavailable:
            self._failures += 1
            if self._failures >= MAX_FAILURES:
                self._open_until = self.clock() + OPEN_SECONDS
                self.on_open()
            raise
        self._failures = 0
        return answer


@dataclass(frozen=True, slots=True)
class GuardedProvider:
    """A provider whose failures the circuit breaker counts."""

    provider: Provider
    breaker: CircuitBreaker

    def covers(self, token: str, amount: int) -> bool:
        return self.breaker.call(lambda: self.provider.covers(token, amount))

    def lower(self, token: str, amount: int, key: str) -> bool:
        return self.breaker.call(lambda: self.provider.lower(token, amount, key))

    def capture(self, token: str, key: str) -> bool:
        return self.breaker.call(lambda: self.provider.capture(token, key))

    def cancel(self, token: str, key: str) -> bool:
        return self.breaker.call(lambda: self.provider.cancel(token, key))

    def refund(self, token: str, amount: int, key: str) -> bool:
        return self.breaker.call(lambda: self.provider.refund(token, amount, key))

    def ledger_entry(self, token: str) -> LedgerEntry | None:
        return self.breaker.call(lambda: self.provider.ledger_entry(token))
