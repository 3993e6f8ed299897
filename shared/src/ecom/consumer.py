"""Events that a rule delivers to a function: parsed once, then handled by detail-type.

Guarantees: an event that breaks its schema, or that the domain calls poison, goes to the dead-letter queue at once,
with its reason. Every other error is logged with the names of the event and escapes, so that AWS retries and sends the
event there after the last attempt.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ecom import tracing
from ecom.dead_letters import DeadLetters
from ecom.errors import InvalidEvent, Poison
from ecom.events import IncomingEvent, names_of, parse
from ecom.observability import describe, logger
from ecom.schemas import Schemas

# By detail-type. A handler takes `IncomingEvent[PackageCreated]`, with the type from `ecom.contracts`.
EventHandlers = Mapping[str, Callable[[IncomingEvent[Any]], None]]


def dispatch(event: IncomingEvent[Any], handlers: EventHandlers) -> None:
    """Call the handler of the event's detail-type, in its trace. Raises InvalidEvent when there is none."""
    handle = handlers.get(event.detail_type)
    if handle is None:
        raise InvalidEvent(f"{event.detail_type}: this function has no handler for it; correct the rule")
    with tracing.continued(event.correlation_id):
        handle(event)


def handle_event(raw: Mapping[str, Any], handlers: EventHandlers, schemas: Schemas, dead_letters: DeadLetters) -> None:
    """Parse the event and handle it."""
    try:
        dispatch(parse(raw, schemas), handlers)
    except Poison as error:
        dead_letters.send(raw, error)
    except Exception as error:  # any error: logged with the names of the event, and raised again
        logger().error("not handled", extra={**names_of(raw), **describe(error)})
        raise
