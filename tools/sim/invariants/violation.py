"""A broken promise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """`about` is the id of an order or product."""

    name: str
    text: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"
