"""A dead-letter queue in memory."""

from typing import Any

from ecom.dead_letters import DeadLetters
from ecom.errors import PlatformError


class DeadLetterSpy(DeadLetters):
    def __init__(self) -> None:
        self.messages: list[tuple[Any, PlatformError]] = []
        self.back_to: list[str] = []

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        self.messages.append((received, error))
        self.back_to.append(back_to)
