"""Events of other services, through a queue, since the partner is called for each -> records."""

from typing import Any

from ecom.aws import create_during_init
from ecom.events import IncomingEvent
from ecom.observability import logger
from search_service import bootstrap
from search_service.consumed_events import READERS, occurrence_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_queued_events(event, dict.fromkeys(READERS, call_and_record), context)


def call_and_record(event: IncomingEvent[Any]) -> None:
    """Call the partner, then count the event.

    If the function stops in between, the next delivery repeats the call with the same idempotency key. An event that
    was counted does not call the partner, also when it is redriven after the partner has forgotten its key.
    """
    occurrence, records = occurrence_of(event), bootstrap.records()
    if records.knows(event):
        return
    bootstrap.partner().call(occurrence, key=event.event_id)
    record = records.add(event, occurrence)
    if record:
        logger().info("recorded", extra={"kind": occurrence.kind, "subject": record.id, "version": record.version})


create_during_init(bootstrap.records, bootstrap.partner, lambda: bootstrap.runtime.queue)
