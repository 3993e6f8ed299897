"""The queue of messages to one client. It is bounded, so that a slow reader costs little memory and delays no other
client."""

import asyncio
from collections import deque

from tools.local.aws.appsync.realtime.timing import Timing


class Outbox:
    """Messages in their order. `put` never waits."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._messages: deque[str] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        # Set when a client leaves too much unread. No message is accepted after that.
        self.overflowed = asyncio.Event()

    def put(self, message: str) -> None:
        if self.overflowed.is_set():
            return
        full = len(self._messages) >= self._timing.max_waiting
        if full or self._bytes + len(message) > self._timing.max_waiting_bytes:
            self.overflowed.set()
            self._messages.clear()
            return
        self._messages.append(message)
        self._bytes += len(message)
        self._some.set()

    async def take(self) -> str:
        while not self._messages:
            self._some.clear()
            await self._some.wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message
