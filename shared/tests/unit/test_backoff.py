"""Retries: growing waits, bounded in time and number."""

from ecom.backoff import Backoff, delay


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def test_the_delay_doubles_up_to_the_longest() -> None:
    assert [delay(attempt, 5, 900) for attempt in (0, 1, 2, 3, 8, 9, 1000)] == [5, 5, 10, 20, 640, 900, 900]


def test_waits_grow_and_end_in_time() -> None:
    time = Time()
    backoff = Backoff(3.0, 0.02, 0.2, sleep=time.sleep, clock=time.clock, random=lambda: 1.0)
    attempts = list(backoff.attempts())
    assert attempts == list(range(1, len(attempts) + 1))
    assert time.waits == sorted(time.waits)
    assert time.waits[0] < max(time.waits) == 0.2
    assert 2.5 < time.now <= 3.0


def test_the_number_of_attempts_is_bounded() -> None:
    time = Time()
    backoff = Backoff(3.0, max_attempts=3, sleep=time.sleep, clock=time.clock)
    assert list(backoff.attempts()) == [1, 2, 3]
    assert len(time.waits) == 2


def test_waits_are_random() -> None:
    time = Time()
    chances = iter([0.5, 0.0, 0.25])
    attempts = Backoff(3.0, 0.02, 0.2, sleep=time.sleep, clock=time.clock, random=lambda: next(chances)).attempts()
    assert [next(attempts) for _ in range(4)] == [1, 2, 3, 4]
    assert time.waits == [0.01, 0.0, 0.02]
