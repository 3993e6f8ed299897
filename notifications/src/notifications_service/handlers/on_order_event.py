"""Events of orders and returns, from a queue -> a mail to the shopper. A failed message comes back."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ecom.aws import create_during_init
from ecom.consumer import dispatch
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from ecom.message_queue import Message
from notifications_service import bootstrap
from notifications_service.domain import (
    MAIL_OF_RETURN,
    OrderMail,
    mail_of_changed_order,
    mail_of_new_order,
    mail_of_return,
)

MAILS: Mapping[str, Callable[[IncomingEvent[Any]], OrderMail]] = {
    "OrderCreated": mail_of_new_order,
    "OrderModified": mail_of_changed_order,
    **dict.fromkeys(MAIL_OF_RETURN, mail_of_return),
}


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return bootstrap.runtime.handle_messages(event, lambda message: send_mail(message, context), context)


def send_mail(message: Message, context: Context) -> None:
    def send(event: IncomingEvent[Any]) -> None:
        mail = MAILS[event.detail_type](event)
        if not can_be_key(mail.row_id):
            raise InvalidEvent(f"{event.detail_type}: the id is too long")
        if mail.kind not in bootstrap.kinds():
            return
        bootstrap.mail_sender().send(
            mail,
            event.correlation_id,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
            redriven_at=message.redriven_at,
        )

    dispatch(bootstrap.runtime.parse(message.body), dict.fromkeys(MAILS, send))


create_during_init(bootstrap.mail_sender, lambda: bootstrap.runtime.queue)
