"""Calls of one request that go to a function together.

The fields of all items of a list are resolved before any of their calls starts. So the call that starts first sends all
payloads collected by then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tools.local.aws.appsync.model import Answer

Send = Callable[[Any], Awaitable[Answer]]

# AppSync's highest MaxBatchSize.
MAX_BATCH = 2_000
_PARTS = frozenset({"data", "errorMessage", "errorType", "errorInfo"})


class Batch:
    """Payloads for one call. Closed when it is full or being sent."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._payloads: list[Any] = []
        self._answers: asyncio.Task[list[Answer]] | None = None

    @property
    def open(self) -> bool:
        return self._answers is None and len(self._payloads) < self._size

    def add(self, payload: Any) -> int:
        self._payloads.append(payload)
        return len(self._payloads) - 1

    async def answer(self, place: int, send: Send) -> Answer:
        """The answer for one payload. The first caller makes the call for all."""
        if self._answers is None:
            self._answers = asyncio.create_task(self._call(send))
        return (await self._answers)[place]

    async def _call(self, send: Send) -> list[Answer]:
        return split(await send(self._payloads), len(self._payloads))


class Batches:
    """The open batches of one request, by resolver."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Batch] = {}

    def join(self, resolver: tuple[str, str], size: int, payload: Any) -> tuple[Batch, int]:
        batch = self._open.get(resolver)
        if batch is None or not batch.open:
            batch = self._open[resolver] = Batch(size)
        return batch, batch.add(payload)


def split(answer: Answer, count: int) -> list[Answer]:
    """One answer for each payload, in their order. An error of the whole call is each payload's error."""
    if answer.error_type:
        return [answer] * count
    if not isinstance(answer.payload, list) or len(answer.payload) != count:
        text = f"The function must answer a batch of {count} with a list of {count}."
        return [Answer(None, "Lambda:IllegalArgument", text)] * count
    return [_one(item) for item in answer.payload]


def _one(item: Any) -> Answer:
    """One answer of a batch: the value itself, or AppSync's form for an item that failed."""
    if not isinstance(item, Mapping) or not item.keys() <= _PARTS or not item.keys() & {"data", "errorMessage"}:
        return Answer(item)
    if item.get("errorMessage") or item.get("errorType"):
        return Answer(
            item.get("data"), str(item.get("errorType") or "Lambda:Unhandled"), str(item.get("errorMessage") or "")
        )
    return Answer(item.get("data"))
