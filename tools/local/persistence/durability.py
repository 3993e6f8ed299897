"""When the state is saved: a killed process loses at most the last two seconds.

What changed is taken `PAUSE` seconds after the first change that is not saved yet, and is on the disk when a copy of
the process has written it. After a save there is a pause, four times as long as the save took, so that saving takes a
fifth of one processor; shorter where the promise would not allow that, however dear saving is then. Reads change
nothing and cause no save; what changes without a request (a message that a poller deletes) is saved every `IDLE`
seconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from tools.local.asgi import Scope

log = logging.getLogger("local.durability")

PAUSE = 0.3
# Of a pause and the save that follows it: what a kill loses.
LONGEST = 1.6
IDLE = 60.0
# After a save that failed, such as on a full disk.
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
    """Whether a request may change the state; in doubt it does."""
    if scope["type"] != "http":
        return True
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        # A REST method may do anything.
        return "execute-api" in scope["path"]
    target = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


class Keeper:
    """Saves when something may have changed. `begin` takes the state as of now, and gives what waits for the disk."""

    def __init__(self, begin: Callable[[], Callable[[], None]]) -> None:
        self._begin = begin
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Something may have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        pause = PAUSE
        failing = False
        while True:
            try:
                await asyncio.wait_for(self._changed.wait(), IDLE)
            except TimeoutError:
                log.debug("idle: what changed without a request is saved")
            await asyncio.sleep(pause)
            self._changed.clear()
            try:
                pause = await self._save()
            except Exception:
                log.exception("the state could not be saved and is tried again; a kill loses what changed since")
                self._changed.set()
                pause, failing = AGAIN, True
            else:
                if failing:
                    log.warning("the state is saved again")
                failing = False

    async def _save(self) -> float:
        begin = time.monotonic()
        finish = self._begin()
        await asyncio.to_thread(finish)
        took = time.monotonic() - begin
        return max(PAUSE, min(4 * took, LONGEST - took))


async def repeat(work: Callable[[], None], seconds: float) -> None:
    """Do some work again and again, until cancelled; a failure is said and does not end it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            work()
        except Exception:
            log.exception("%s failed; it is tried again", getattr(work, "__name__", "work"))
