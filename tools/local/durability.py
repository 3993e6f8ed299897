"""Snapshots while the cloud runs: a killed process loses at most the last seconds.

A change is on the disk after `PAUSE` seconds at the latest, or later where the state is large: taking a snapshot holds
up requests, and may take 5 % of the time. After `LONGEST` seconds one is taken whatever it costs. Reads change nothing
and cause no snapshot; what changes without a request (a message that a poller deletes) is saved every `IDLE` seconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from tools.local.asgi import Scope

T = TypeVar("T")

log = logging.getLogger("local.durability")

PAUSE = 2.0
LONGEST = 10.0
IDLE = 60.0
SHARE = 0.05
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


class Keeper(Generic[T]):
    """Takes a snapshot when something may have changed."""

    def __init__(self, take: Callable[[], T], write: Callable[[T], None]) -> None:
        self._take, self._write = take, write
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Something may have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        pause = PAUSE
        while True:
            try:
                await asyncio.wait_for(self._changed.wait(), IDLE)
            except TimeoutError:
                log.debug("idle: a snapshot of what changed without a request")
            await asyncio.sleep(pause)
            self._changed.clear()
            try:
                pause = await self._snapshot()
            except Exception:
                log.exception("no snapshot could be written; a kill would lose what changed since the last one")
                self._changed.set()
                pause = LONGEST

    async def _snapshot(self) -> float:
        begin = time.monotonic()
        snapshot = self._take()
        held = time.monotonic() - begin
        await asyncio.to_thread(self._write, snapshot)
        return min(max(PAUSE, held / SHARE), LONGEST)
