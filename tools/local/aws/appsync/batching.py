"""Calls of one request that go to a function together.

Fields of all items of a list are asked for in one go, before any of their calls starts. So whoever's call starts first
sends for all that have gathered by then.
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
    """Payloads for one call; closed when it is full or on its way."""

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
        """The answer for one payload; the first who asks makes the call for all."""
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
    """One answer for each payload, in their order; what is wrong with the whole is wrong with each."""
    if answer.error_type:
        return [answer] * count
    if not isinstance(answer.payload, list) or len(answer.payload) != count:
        text = f"The function must answer a batch of {count} with a list of {count}."
        return [Answer(None, "Lambda:IllegalArgument", text)] * count
    return [_one(said) for said in answer.payload]


def _one(said: Any) -> Answer:
    """An item may be the value itself, or say in AppSync's form that this one failed."""
    if not isinstance(said, Mapping) or not said.keys() <= _PARTS or not said.keys() & {"data", "errorMessage"}:
        return Answer(said)
    if said.get("errorMessage") or said.get("errorType"):
        return Answer(
            said.get("data"), str(said.get("errorType") or "Lambda:Unhandled"), str(said.get("errorMessage") or "")
        )
    return Answer(said.get("data"))
