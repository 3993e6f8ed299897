"""An event that a rule hands to a function.

Guarantees: what breaks its schema, or what the domain calls poison, is in the dead-letter queue with its reason at
once; everything else that goes wrong escapes, so that AWS tries again and puts it there after the last attempt.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ecom.dead_letters import DeadLetters
from ecom.errors import Poison
from ecom.events import IncomingEvent, parse
from ecom.schemas import Schemas


def consume(
    raw: Mapping[str, Any],
    schemas: Schemas,
    handle: Callable[[IncomingEvent], None],
    dead_letters: DeadLetters,
) -> None:
    """Check the event and handle it."""
    try:
        handle(parse(raw, schemas))
    except Poison as error:
        dead_letters.send(raw, error)
