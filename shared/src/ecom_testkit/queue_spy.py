"""A queue that records which messages are retried later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecom.message_queue import Queue


@dataclass(frozen=True, slots=True)
class QueueSpy(Queue):
    """`waits`: the seconds until the retry of each message, in order. `sent`: our own messages with their delays."""

    client: Any = None
    url: str = "https://queue.test/queue"
    waits: list[int] = field(default_factory=list)
    sent: list[tuple[Mapping[str, Any], int]] = field(default_factory=list)

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
        self.sent.append((body, delay_seconds))

    def retry_later(self, receipt_handle: str, seconds: int) -> None:
        assert receipt_handle
        self.waits.append(seconds)
