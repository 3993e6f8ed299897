"""When a row got each of its statuses: its attribute `history`, which `make timeline` reads. Pure.

An entry is a text, `1732854931584 COMPLETED 3f2a...`: milliseconds since 1970, the status, and the correlation id of
the request or event that led to it. Texts keep a row of a few lines below 1 KB, one write unit. The table of *orders*
has a form of its own (`ecom.stored_orders`), since the history of an order is public.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MOST = 20  # entries that a row keeps
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Move:
    """`correlation_id` is empty where it is unknown."""

    at: datetime
    status: str
    correlation_id: str = ""


def entry(at: datetime, status: str, correlation_id: str) -> str:
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    return f"{milliseconds} {status} {correlation_id}".rstrip()


def extended(history: Sequence[str], at: datetime, status: str, correlation_id: str) -> list[str]:
    """The history with one more entry, if the status is not that of its last one."""
    if history and history[-1].split(" ")[1:2] == [status]:
        return list(history)
    return [*history, entry(at, status, correlation_id)][-MOST:]


def texts(history: Any) -> tuple[str, ...]:
    """The entries as they are stored. A row that was written manually may hold anything."""
    return tuple(one for one in history if isinstance(one, str)) if isinstance(history, list) else ()


def moves(history: Any) -> list[Move]:
    """The entries that can be read."""
    found = []
    for text in texts(history):
        digits, _, rest = text.partition(" ")
        status, _, correlation_id = rest.partition(" ")
        if status and digits.isascii() and digits.isdecimal() and len(digits) <= 14:
            found.append(Move(_EPOCH + timedelta(milliseconds=int(digits)), status, correlation_id))
    return found
