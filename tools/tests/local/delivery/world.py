"""Virtual time, a stream in memory, and functions that fail on demand, to drive the state machines."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tools.local.aws.lambda_.stream_reader import Mapped, Piece, Progress, Record, StreamReader, sequence_number
from tools.local.delivery.model import Message, Outcome, Pace

FAILED = Outcome({"errorType": "ValueError", "errorMessage": "no"}, failed=True)
DONE = Outcome()
LIMIT = 10_000


class World:
    """A clock that moves only when nothing is due, and the messages and invocations so far."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.sent: list[Message] = []
        self.ids = 0

    def clock(self) -> float:
        return self.now

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    def bodies(self) -> list[Any]:
        return [json.loads(message.body) for message in self.sent]

    def run(self, step: Callable[[], float | None]) -> list[float]:
        """Step until there is nothing more to do. Returns the waits."""
        waits: list[float] = []
        for _ in range(LIMIT):
            due = step()
            if due is None:
                return waits
            if due > self.now:
                waits.append(due - self.now)
                self.now = due
        raise AssertionError("it never ends")


class Stream:
    """A shard and the reader's saved progress."""

    def __init__(self, world: World) -> None:
        self.world, self.records, self.trimmed = world, list[Record](), 0
        self.saved = Progress(0)

    def put(self, *names: str, age: float = 0.0) -> None:
        for name in names:
            number = self.trimmed + len(self.records) + 1
            self.records.append({
                "eventID": name,
                "dynamodb": {
                    "SequenceNumber": f"{number:05d}",
                    "ApproximateCreationDateTime": self.world.now - age,
                },
            })  # fmt: skip

    def expire(self, count: int) -> None:
        del self.records[:count]
        self.trimmed += count

    def read(self, position: int, limit: int) -> tuple[int, Sequence[Record]]:
        begin = max(position, self.trimmed)
        return begin, self.records[begin - self.trimmed :][:limit]

    def load(self) -> Progress:
        return self.saved

    def save(self, progress: Progress) -> None:
        ends = [progress.position, *(piece.end for piece in progress.pieces)]
        assert ends == sorted(set(ends)), f"pieces follow each other: {progress}"
        assert progress.position >= self.saved.position, "the position never goes back"
        self.saved = progress


class Consumer:
    """A function that fails on poison and records its events."""

    def __init__(self, *poison: str, partial: bool = False) -> None:
        self.poison, self.partial = set(poison), partial
        self.batches: list[list[str]] = []
        self.handled: list[str] = []

    def __call__(self, event: Any) -> Outcome:
        names = [record["eventID"] for record in event["Records"]]
        self.batches.append(names)
        for record in event["Records"]:
            if record["eventID"] in self.poison:
                if self.partial:
                    return Outcome({"batchItemFailures": [{"itemIdentifier": sequence_number(record)}]})
                return FAILED
            if self.partial:
                self.handled.append(record["eventID"])
        if not self.partial:
            self.handled += names
        return DONE


def mapped(**options: Any) -> Mapped:
    return Mapped(**{
        "stream_arn": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/now",
        "function_arn": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
        "on_failure": "arn:aws:sqs:us-east-1:000000000000:dead",
        **options,
    })  # fmt: skip


def reader(world: World, stream: Stream, call: Callable[[Any], Outcome], factor: float = 1.0) -> StreamReader:
    return StreamReader(stream, stream, call, world.send, world.clock, world.new_id, Pace(factor))


def drain(world: World, stream: Stream, call: Callable[[Any], Outcome], **options: Any) -> list[float]:
    """Read the stream to its end. Returns the waits."""
    machine, settings = reader(world, stream, call), mapped(**options)
    return world.run(lambda: machine.step(settings))


__all__ = ["DONE", "FAILED", "Consumer", "Piece", "Stream", "World", "drain", "mapped", "reader"]
