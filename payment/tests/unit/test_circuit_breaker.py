"""The circuit breaker, with a provider that answers and with a provider that does not."""

import pytest

from ecom.errors import TryAgain
from payment.tests.fakes import ProviderInMemory
from payment_service.circuit_breaker import MAX_FAILURES, OPEN_SECONDS, CircuitBreaker, GuardedProvider


def test_an_answer_resets_the_count_and_after_the_open_time_one_failure_opens_it_again() -> None:
    now = [0.0]
    provider = ProviderInMemory()
    breaker = CircuitBreaker(lambda: now[0], lambda: None)
    guarded = GuardedProvider(provider, breaker)

    def call() -> None:
        try:
            guarded.ledger_entry("token")
        except TryAgain:
            return

    provider.is_down = True
    for _ in range(MAX_FAILURES - 1):
        call()
        breaker.check()
    provider.is_down = False
    call()
    provider.is_down = True
    for _ in range(MAX_FAILURES):
        breaker.check()
        call()
    with pytest.raises(TryAgain):
        breaker.check()
    now[0] += OPEN_SECONDS
    breaker.check()
    call()
    with pytest.raises(TryAgain):
        breaker.check()
