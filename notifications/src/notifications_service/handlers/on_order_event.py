"""The queue of what happened to orders -> mails to who ordered. A mail is done, or its message comes back."""

from typing import Any, Protocol

from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import parse
from ecom.message_queue import Message, handle_messages
from notifications_service import bootstrap
from notifications_service.domain import notice_of


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    services = bootstrap.notifying()

    def notify(message: Message) -> None:
        event = parse(message.body, services.schemas)
        notice = notice_of(event)
        if not can_be_key(notice.order_id):
            raise InvalidEvent(f"{event.detail_type}: orderId is longer than any order's")
        services.teller.tell(
            notice,
            event.correlation_id,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
            redriven_at=message.redriven_at,
        )

    return handle_messages(event["Records"], notify, services.queue, services.dead_letters)
