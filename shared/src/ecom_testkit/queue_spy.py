"""A queue that records which messages are retried later."""

from dataclasses import dataclass, field
from typing import Any

from ecom.message_queue import Queue


@dataclass(frozen=True, slots=True)
class QueueSpy(Queue):
    """`waits`: the seconds until the retry of each message, in order."""

    client: Any = None
    url: str = "https://queue.test/queue"
    waits: list[int] = field(default_factory=list)

    def retry_later(self, receipt_handle: str, seconds: int) -> None:
        assert receipt_handle
        self.waits.append(seconds)
