"""Uploads that S3 announces over a topic and a queue -> pictures that are READY or REFUSED."""

from typing import Any

from ecom.aws import create_during_init
from ecom.message_queue import Message
from pictures_service import bootstrap
from pictures_service.inputs import uploads_from


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What fails comes back, and goes to the dead-letter queue in the end."""
    return bootstrap.runtime.handle_messages(event, take, context)


def take(message: Message) -> None:
    for upload in uploads_from(message.body):
        bootstrap.taking().take(upload.picture_id, upload.at)


create_during_init(bootstrap.taking, lambda: bootstrap.runtime.queue)
