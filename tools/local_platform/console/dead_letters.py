"""The dead letters of all services, and what an operator does with them: what `make redrive` does."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ecom.times import timestamp
from tools.local_platform.console import documents
from tools.local_platform.console.catalogue import checked
from tools.operate.redrive.dead_letter import DeadLetter, ToFunction, ToQueue
from tools.operate.redrive.overview import overview
from tools.operate.redrive.queue import DeadLetterQueue, queue_url
from tools.project import services
from tools.project.aws import Target

ACTIONS = ("redrive", "drop")
# What makes an event the event that it is: mending changes its content.
IDENTITY = ("id", "source", "detail-type", "time")


class Unmended(Exception):
    """Why a changed payload is not sent back; the text is for the operator."""


def listing(target: Target) -> list[documents.DeadLetters]:
    """A row for each service that has a dead-letter queue and is deployed. Reading makes the dead letters invisible to
    other readers of the queue for a moment."""
    rows = overview(target, services.discover().values(), lambda _: True)
    return [
        {"service": row.service, "inFlight": row.in_flight, "deadLetters": [_document(each) for each in row.found]}
        for row in rows
        if row.found is not None
    ]


def deal(
    target: Target, service: str, action: str, dead_letter_id: str, payload: str | None = None
) -> list[documents.Outcome]:
    """Redrive or drop one dead letter, or all of the service if the id is empty. Returns the outcome of each.

    A `payload` is sent back instead of the dead letter's. Raises Unmended if it cannot be, and a Problem for a service
    that does not exist or has no dead-letter queue.
    """
    queue = DeadLetterQueue(target, queue_url(target, services.one(service)))
    acts: dict[str, Callable[[DeadLetter], str]] = {
        "redrive": lambda one: queue.send_back(one if payload is None else mended(one, payload)),
        "drop": lambda one: _drop(queue, one),
    }
    return _each(queue, queue.dead_letters(), dead_letter_id, acts[action])


def _each(
    queue: DeadLetterQueue, dead_letters: Sequence[DeadLetter], wanted: str, act: Callable[[DeadLetter], str]
) -> list[documents.Outcome]:
    """What was not dealt with is visible again at the end, whatever happens."""
    done: set[str] = set()
    outcomes: list[documents.Outcome] = []
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


def is_mendable(dead_letter: DeadLetter) -> bool:
    """Records of a stream are what a table had: who changes them makes two services disagree."""
    return isinstance(dead_letter.back_to, ToFunction | ToQueue) and "detail-type" in dead_letter.event


def mended(dead_letter: DeadLetter, payload: str) -> DeadLetter:
    """The dead letter with another content. Raises Unmended unless it is the same event, and fits its schema."""
    if not is_mendable(dead_letter):
        raise Unmended("only the payload of an event can be changed")
    event = _object(payload)
    for name in IDENTITY:
        if event.get(name) != dead_letter.event.get(name):
            raise Unmended(f"{name} must stay {dead_letter.event.get(name)}: consumers know the event by it")
    found = checked(event)
    if found["problem"]:
        raise Unmended(found["problem"])
    return replace(dead_letter, payload=json.dumps(event))


def _object(payload: str) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Unmended(f"the payload is not JSON: {error}") from None
    if not isinstance(event, dict):
        raise Unmended("the payload must be a JSON object")
    return event


def _document(dead_letter: DeadLetter) -> documents.DeadLetter:
    return {
        "id": dead_letter.id,
        "about": dead_letter.about,
        "code": dead_letter.code,
        "reason": dead_letter.reason,
        "backTo": str(dead_letter.back_to or ""),
        "sentAt": timestamp(dead_letter.sent_at),
        "attempts": dead_letter.attempts,
        "payload": dead_letter.payload,
        "mendable": is_mendable(dead_letter),
    }
