"""Dead letters kept in a list."""

from typing import Any

from ecom.dead_letters import DeadLetters
from ecom.errors import PlatformError


class PutAway(DeadLetters):
    def __init__(self) -> None:
        self.letters: list[tuple[Any, PlatformError]] = []

    def send(self, received: Any, error: PlatformError) -> None:
        self.letters.append((received, error))
