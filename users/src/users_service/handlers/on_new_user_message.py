"""The queue of new users -> UserCreated, once the pool has the user. A user that is never created is counted."""

from typing import Any

from ecom.aws import create_during_init
from ecom.message_queue import Message
from ecom.observability import count
from users_service import bootstrap
from users_service.domain import NewUser, NotYetCreated, is_overdue
from users_service.events import user_created


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_messages(event, publish_when_created, context)


def publish_when_created(message: Message) -> None:
    new = NewUser.from_message(message.body)
    user = bootstrap.user_pool().find(new.name)
    if user:
        bootstrap.runtime.publisher.publish([user_created(user, new.correlation_id)])
    elif is_overdue(message.sent_at, bootstrap.runtime.now()):
        count("UserNeverCreated")
    else:
        raise NotYetCreated("the pool does not have the user yet")


create_during_init(bootstrap.user_pool, lambda: bootstrap.runtime.publisher)
