"""What this process makes on a platform and sends to it, reported to listeners: tests remove it when they are over."""

import uuid
from typing import Protocol


class Listener(Protocol):
    def made(self, name: str) -> None:
        """A thing with this unique name or id exists now, or may exist."""

    def sent(self, text: str) -> None:
        """The parameters or the body of a request."""


_listeners: list[Listener] = []


def report_to(listener: Listener) -> None:
    _listeners.append(listener)


def made(name: str) -> str:
    """Report a thing by its unique name, and return the name."""
    for listener in _listeners:
        listener.made(name)
    return name


def sent(text: str) -> None:
    for listener in _listeners:
        listener.sent(text)


def new_id() -> str:
    """A new id for an order, a product or a payment of a test. All that the platform stores about it is removed."""
    return made(f"test-{uuid.uuid4()}")
