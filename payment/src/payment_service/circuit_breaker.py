"""A circuit breaker, per container: a provider that was silent several times in a row is left alone for a while.

closed      everything is asked
open        nothing is asked: after the last of several silences, for a rest; messages go back untouched
half open   after the rest one call is the probe: an answer closes the breaker, a silence opens it again
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from payment_service.domain import Books
from payment_service.errors import LeftAlone
from payment_service.provider import Provider, ProviderSilent

SILENCES = 3
REST_SECONDS = 10.0  # short: what waits meanwhile has a back-off of its own

T = TypeVar("T")


@dataclass(slots=True)
class Breaker:
    """`opened` is told of each rest, also of one after a probe that failed: so a metric of it lasts as long as the
    outage."""

    clock: Callable[[], float]
    opened: Callable[[], None]
    _silences: int = field(default=0, init=False)
    _rests_until: float = field(default=0.0, init=False)

    def must_be_closed(self) -> None:
        """Raise LeftAlone while the provider rests. Afterwards one silence more is enough to let it rest again."""
        if self._silences >= SILENCES and self.clock() < self._rests_until:
            raise LeftAlone("the provider was silent several times; it is left alone for a while")

    def watch(self, ask: Callable[[], T]) -> T:
        try:
            answer = ask()
        except ProviderSilent:
            self._silences += 1
            if self._silences >= SILENCES:
                self._rests_until = self.clock() + REST_SECONDS
                self.opened()
            raise
        self._silences = 0
        return answer


@dataclass(frozen=True, slots=True)
class WatchedProvider:
    """A provider whose silences are counted."""

    provider: Provider
    breaker: Breaker

    def covers(self, token: str, amount: int) -> bool:
        return self.breaker.watch(lambda: self.provider.covers(token, amount))

    def lower(self, token: str, amount: int, key: str) -> bool:
        return self.breaker.watch(lambda: self.provider.lower(token, amount, key))

    def capture(self, token: str, key: str) -> bool:
        return self.breaker.watch(lambda: self.provider.capture(token, key))

    def cancel(self, token: str, key: str) -> bool:
        return self.breaker.watch(lambda: self.provider.cancel(token, key))

    def books(self, token: str) -> Books | None:
        return self.breaker.watch(lambda: self.provider.books(token))
