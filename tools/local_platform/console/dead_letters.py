"""The dead letters of all services, and what an operator does with them: what `make redrive` does."""

from collections.abc import Callable, Sequence
from typing import Any

from ecom.times import timestamp
from tools.operate.redrive.dead_letter import DeadLetter
from tools.operate.redrive.overview import overview
from tools.operate.redrive.queue import DeadLetterQueue, queue_url
from tools.project import services
from tools.project.aws import Target

ACTIONS = ("redrive", "drop")


def listing(target: Target) -> list[dict[str, Any]]:
    """A row for each service that has a dead-letter queue and is deployed. Reading makes the dead letters invisible to
    other readers of the queue for a moment."""
    rows = overview(target, services.discover().values(), lambda _: True)
    return [
        {"service": row.service, "inFlight": row.in_flight, "deadLetters": [_document(each) for each in row.found]}
        for row in rows
        if row.found is not None
    ]


def deal(target: Target, service: str, action: str, dead_letter_id: str) -> list[dict[str, str]]:
    """Redrive or drop one dead letter, or all of the service if the id is empty. Returns the outcome of each.

    Raises a Problem for a service that does not exist or has no dead-letter queue.
    """
    queue = DeadLetterQueue(target, queue_url(target, services.one(service)))
    acts: dict[str, Callable[[DeadLetter], str]] = {"redrive": queue.send_back, "drop": lambda one: _drop(queue, one)}
    return _each(queue, queue.dead_letters(), dead_letter_id, acts[action])


def _each(
    queue: DeadLetterQueue, dead_letters: Sequence[DeadLetter], wanted: str, act: Callable[[DeadLetter], str]
) -> list[dict[str, str]]:
    """What was not dealt with is visible again at the end, whatever happens."""
    done: set[str] = set()
    outcomes = []
    try:
        for dead_letter in dead_letters:
            if wanted in ("", dead_letter.id):
                outcome = act(dead_letter)
                if outcome in ("sent back", "dropped"):
                    done.add(dead_letter.id)
                outcomes.append({"id": dead_letter.id, "outcome": outcome})
    finally:
        for dead_letter in dead_letters:
            if dead_letter.id not in done:
                queue.release(dead_letter)
    return outcomes


def _drop(queue: DeadLetterQueue, dead_letter: DeadLetter) -> str:
    queue.delete(dead_letter)
    return "dropped"


def _document(dead_letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": dead_letter.id,
        "about": dead_letter.about,
        "code": dead_letter.code,
        "reason": dead_letter.reason,
        "backTo": str(dead_letter.back_to or ""),
        "sentAt": timestamp(dead_letter.sent_at),
        "attempts": dead_letter.attempts,
        "payload": dead_letter.payload,
    }
