"""The queue of names -> UserCreated, once the pool has the user; a name that never becomes one is dropped, counted."""

from typing import Any

from ecom.errors import InvalidEvent
from ecom.message_queue import Message, handle_messages
from ecom.observability import count
from users_service import bootstrap
from users_service.domain import Appeared, NotThereYet, still_hoping, user_created


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return handle_messages(event["Records"], announce, bootstrap.appeared_queue(), bootstrap.announcing().dead_letters)


def announce(message: Message) -> None:
    services = bootstrap.announcing()
    appeared = _read(message.body)
    user = services.pool.find(appeared.name)
    if user:
        services.publisher.publish([user_created(user, appeared.correlation_id)])
    elif still_hoping(message.sent_at, bootstrap.now()):
        raise NotThereYet("the pool has no such user yet")
    else:
        count("UserNeverCreated")


def _read(body: Any) -> Appeared:
    match body:
        case {"name": str(name), "correlationId": str(correlation_id)}:
            return Appeared(name, correlation_id)
    raise InvalidEvent("not a note of a user that appeared")
