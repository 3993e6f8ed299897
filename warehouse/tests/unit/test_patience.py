"""How long, and how often, it is tried again."""

import pytest

from ecom.errors import TryAgain
from warehouse_service.patience import LONGEST_WAIT_SECONDS, Patience


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def test_it_waits_longer_each_time_never_long_and_gives_up_in_time() -> None:
    time = Time()
    with pytest.raises(TryAgain):
        for _ in Patience(3.0, time.sleep, lambda: time.now, lambda: 1.0).tries():
            pass
    assert time.waits == sorted(time.waits)
    assert time.waits[0] < max(time.waits) == LONGEST_WAIT_SECONDS
    assert 2.5 < time.now <= 3.0


def test_chance_spreads_the_waits() -> None:
    time = Time()
    chances = iter([0.5, 0.0, 0.25] + [1.0] * 100)
    tries = Patience(3.0, time.sleep, lambda: time.now, lambda: next(chances)).tries()
    assert [next(tries) for _ in range(4)] == [0, 1, 2, 3]
    assert time.waits == [0.01, 0.0, 0.02]
