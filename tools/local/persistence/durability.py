"""When the state is saved: a killed process loses at most the last two seconds.

A save starts `PAUSE` seconds after the first unsaved change and is complete when a copy of the process has written it.
The next save waits four times as long as the last one took, so saving uses a fifth of one processor; it waits less
where that would break the promise of two seconds. Reads cause no save. Changes without a request (a poller deletes a
message) are saved every `IDLE` seconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from tools.local.asgi import Scope

log = logging.getLogger("local.durability")

PAUSE = 0.3
# What a kill loses at most: changes during a save, which wait for its end, for the pause and for the next save.
LONGEST = 1.6
# Also on a machine where a save takes longer than that, requests are served between two saves.
SHORTEST_PAUSE = 0.05
IDLE = 60.0
# The longest wait after a failed save, for example on a full disk. The first is `PAUSE`: one failure keeps the promise.
AGAIN = 5.0
READS = (
    "Get",
    "List",
    "Describe",
    "Query",
    "Scan",
    "BatchGet",
    "TransactGet",
    "Lookup",
    "Filter",
    "Head",
    "AdminGet",
    "AdminList",
)


def may_change(scope: Scope) -> bool:
    """Whether a request may change the state. True in doubt."""
    if scope["type"] != "http":
        return True
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        # Any method of a REST API can change the state.
        return "execute-api" in scope["path"]
    target = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


class SaveLoop:
    """Saves after changes. `begin` takes the current state and returns a function that waits for the disk."""

    def __init__(self, begin: Callable[[], Callable[[], None]]) -> None:
        self._begin = begin
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Report a possible change."""
        self._changed.set()

    async def run(self) -> None:
        """Save until cancelled."""
        pause = PAUSE
        failing = False
        while True:
            try:
                await asyncio.wait_for(self._changed.wait(), IDLE)
            except TimeoutError:
                log.debug("idle: saving changes made without a request")
            await asyncio.sleep(pause)
            self._changed.clear()
            try:
                pause = await self._save()
            except Exception:
                log.exception("saving the state failed and is repeated; a kill loses the changes since the last save")
                self._changed.set()
                pause, failing = min(AGAIN, 2 * pause) if failing else PAUSE, True
            else:
                if failing:
                    log.warning("saving the state works again")
                failing = False

    async def _save(self) -> float:
        begin = time.monotonic()
        finish = self._begin()
        await asyncio.to_thread(finish)
        took = time.monotonic() - begin
        return pause_after(took)


def pause_after(took: float) -> float:
    """The pause after a save that took this long, in seconds. Pure."""
    return max(SHORTEST_PAUSE, min(max(PAUSE, 4 * took), LONGEST - 2 * took))


async def repeat(work: Callable[[], None], seconds: float) -> None:
    """Repeat `work` until cancelled. A failure is logged and does not end the loop."""
    while True:
        await asyncio.sleep(seconds)
        try:
            work()
        except Exception:
            log.exception("%s failed and is repeated", getattr(work, "__name__", "work"))


class Changes:
    """Reports changes that no request makes, from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._note: Callable[[], None] | None = None

    def report_to(self, loop: asyncio.AbstractEventLoop, note: Callable[[], None]) -> None:
        self._loop, self._note = loop, note

    def note(self) -> None:
        """Report a possible change, so that it is saved soon. Before the cloud serves it does nothing."""
        if self._loop is not None and self._note is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note)


changes = Changes()
