"""When the state is saved again after a save that failed."""

import asyncio
from collections.abc import Callable

import pytest

from tools.local.persistence.durability import AGAIN, LONGEST, SHORTEST_PAUSE, SaveLoop, pause_after


@pytest.mark.parametrize(("failures", "longest"), [(1, LONGEST), (3, AGAIN)])
def test_a_save_that_failed_is_repeated_soon(failures: int, longest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the pauses that the loop makes. A busy machine prolongs them."""
    attempts: list[float] = []
    pauses: list[float] = []
    saved = asyncio.Event()
    wait = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await wait(0)

    def begin() -> Callable[[], None]:
        attempts.append(sum(pauses))
        if len(attempts) <= failures:
            raise RuntimeError("dictionary changed size during iteration")
        saved.set()
        return lambda: None

    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def save() -> None:
        loop = SaveLoop(begin)
        loop.note()
        running = asyncio.create_task(loop.run())
        await asyncio.wait_for(saved.wait(), 30)
        running.cancel()

    asyncio.run(save())
    assert len(attempts) == failures + 1
    assert 0 < attempts[-1] - attempts[0] < longest


@pytest.mark.parametrize("took", [0.001, 0.1, 0.3, 0.5, 0.7])
def test_a_change_during_a_save_is_on_the_disk_in_time(took: float) -> None:
    """It waits for the end of that save, for the pause, and for the next save."""
    assert took + pause_after(took) + took <= LONGEST


def test_slow_saves_leave_time_for_requests() -> None:
    assert pause_after(10.0) == SHORTEST_PAUSE
