"""The objects that every Lambda function of a service needs, created on first use from its environment variables.

A service's `bootstrap.py` has one `runtime = Runtime(service.__file__)`. Its handlers call one method each:

    on_table_change.py   bootstrap.runtime.publish_changes(event, SOURCE, events_of, metrics_of)
    on_package_created   bootstrap.runtime.handle_event(event, {"PackageCreated": open_delivery})
    a queue              bootstrap.runtime.handle_messages(event, handle, context)

Tests pass parts of their own: `monkeypatch.setattr(bootstrap, "runtime", Runtime(__file__, queue=QueueSpy()))`.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ecom.aws import client
from ecom.business_metrics import MetricCounter
from ecom.consumer import EventHandlers, dispatch, handle_event
from ecom.dead_letters import DeadLetters
from ecom.events import IncomingEvent, parse
from ecom.message_queue import Message, Queue, handle_messages
from ecom.publish import Publisher
from ecom.schemas import Schemas
from ecom.table_stream import EventsOf, MetricsOf, publish_changes


class Runtime:
    """Reads EVENT_BUS_NAME, DEAD_LETTER_QUEUE_URL, QUEUE_URL, and for metrics ENVIRONMENT and POWERTOOLS_SERVICE_NAME.
    A missing variable raises KeyError on first use."""

    def __init__(self, package_file: str, **parts: Any) -> None:
        self._package_file = package_file
        vars(self).update(parts)  # in the place of what the properties would create

    @cached_property
    def schemas(self) -> Schemas:
        return Schemas.of_service(self._package_file)

    @cached_property
    def publisher(self) -> Publisher:
        return Publisher(client("events"), os.environ["EVENT_BUS_NAME"], self.schemas)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(client("sqs"), os.environ["DEAD_LETTER_QUEUE_URL"])

    @cached_property
    def queue(self) -> Queue:
        return Queue(client("sqs"), os.environ["QUEUE_URL"])

    @cached_property
    def metrics(self) -> MetricCounter:
        environment, service = os.environ["ENVIRONMENT"], os.environ["POWERTOOLS_SERVICE_NAME"]
        return MetricCounter(environment, service, lambda: self.now().timestamp())

    def now(self) -> datetime:
        return datetime.now(UTC)

    def publish_changes(
        self, event: Mapping[str, Any], source: str, events_of: EventsOf, metrics_of: MetricsOf | None = None
    ) -> dict[str, Any]:
        """A function behind the table's stream: publish the events of each change, and count the metrics that
        follow from them."""
        parts = event["Records"], source, events_of, self.publisher, self.dead_letters
        if metrics_of is None:
            return publish_changes(*parts)
        return publish_changes(*parts, metrics_of, self.metrics.count_published)

    def handle_event(self, event: Mapping[str, Any], handlers: EventHandlers) -> None:
        """A function that is the target of a rule: handle the event by its detail-type."""
        handle_event(event, handlers, self.schemas, self.dead_letters)

    def handle_messages(
        self, event: Mapping[str, Any], handle: Callable[[Message], None], context: Any = None
    ) -> dict[str, Any]:
        """A function behind a queue: handle each message. `context` is Lambda's: its time limit ends the batch."""
        records, limit = event["Records"], {}
        if context is not None:
            limit = {"seconds_left": lambda: context.get_remaining_time_in_millis() / 1000}
        return handle_messages(records, handle, self.queue, self.dead_letters, **limit)

    def handle_queued_events(
        self, event: Mapping[str, Any], handlers: EventHandlers, context: Any = None
    ) -> dict[str, Any]:
        """A function behind a queue that a rule fills: handle each event by its detail-type."""
        return self.handle_messages(event, lambda message: dispatch(self.parse(message.body), handlers), context)

    def parse(self, raw: Any) -> IncomingEvent[Any]:
        return parse(raw, self.schemas)
