"""`make redrive` without a service: the dead letters of all services, in one table. Nothing is sent or deleted."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.operate.ages import age_of
from tools.operate.redrive.dead_letter import DeadLetter
from tools.operate.redrive.queue import (
    DEAD_LETTERS,
    LONGEST_READ,
    READ_FOR,
    TOO_MANY,
    DeadLetterQueue,
    progress_of,
    queue_url,
)
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service

HEADER = ("service", "dead letters", "oldest", "reasons")


@dataclass(frozen=True)
class Row:
    """The dead letters of one service."""

    service: str
    found: Sequence[DeadLetter] | None
    """Those that could be read. None when the stack of the service is not deployed."""
    in_flight: int = 0
    """How many could not be read, because another reader of the queue has received them."""
    unread: int = 0
    """About how many are left, because the time was over or one run cannot read more; 0 after a full read."""
    may_read_longer: bool = False
    """Whether a longer read would find more."""


def overview(
    target: Target,
    services: Iterable[Service],
    wanted: Callable[[DeadLetter], bool],
    read_for: float = READ_FOR,
    tell: Callable[[str], object] = lambda _line: None,
) -> list[Row]:
    """A row for each service that has a dead-letter queue. `tell` gets a line every 10 seconds while it is read."""
    with_queue = [service for service in services if DEAD_LETTERS in service.template["Resources"]]
    return [_row(target, service, wanted, read_for, tell) for service in with_queue]


def _row(
    target: Target,
    service: Service,
    wanted: Callable[[DeadLetter], bool],
    read_for: float,
    tell: Callable[[str], object],
) -> Row:
    try:
        url = queue_url(target, service)
    except Problem:
        return Row(service.name, None)
    queue = DeadLetterQueue(target, url, read_for, progress_of(service.name, tell))
    in_flight = queue.in_flight()
    found = queue.dead_letters()
    queue.release_all(found)
    chosen = [dead_letter for dead_letter in found if wanted(dead_letter)]
    return Row(service.name, chosen, in_flight, queue.unread, queue.may_read_longer)


def table(rows: Sequence[Row], now: datetime, command: str = "make redrive") -> str:
    lines = [HEADER, *(_cells(row, now) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    first = next((row.service for row in rows if row.found), None)
    if first:
        text.append(f"\n{command} SERVICE={first} DRY_RUN=1 lists them; without DRY_RUN they are sent back")
    if any(row.may_read_longer for row in rows):
        text.append(f'\n{command} ARGS="{LONGEST_READ}" reads more of the long queues')
    text += [f"\n{row.service}: {TOO_MANY}" for row in rows if row.unread and not row.may_read_longer]
    return "\n".join(text)


def _cells(row: Row, now: datetime) -> tuple[str, str, str, str]:
    if row.found is None:
        return row.service, "-", "", "not deployed"
    oldest = min((dead_letter.sent_at for dead_letter in row.found), default=None)
    reasons = Counter(dead_letter.code or "no reason given" for dead_letter in row.found)
    parts = [f"{number} {code}" for code, number in reasons.most_common()]
    if row.in_flight:
        parts.append(f"{row.in_flight} more in flight: another reader has received them")
    if row.unread:
        parts.append(f"about {row.unread} more were not read")
    age = age_of((now - oldest).total_seconds()) if oldest else ""
    return row.service, str(len(row.found)), age, ", ".join(parts)
