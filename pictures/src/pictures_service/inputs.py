"""Validation of what administrators and S3 send. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from ecom.errors import InvalidEvent, InvalidInput
from ecom.limits import MAX_ID_LENGTH
from ecom.validation import fields, integer, text
from pictures_service.domain import FORMATS, MAX_BYTES, UPLOADS

TEST = "s3:TestEvent"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An upload that an administrator announces."""

    product_id: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that S3 announces."""

    picture_id: str
    at: datetime


def wanted_from(given: Any) -> Wanted:
    known = fields(given, "input", ("productId", "contentType", "bytes"))
    content_type = known.get("contentType")
    if content_type not in FORMATS:
        raise InvalidInput(f"contentType must be one of {', '.join(FORMATS)}")
    return Wanted(
        text(known.get("productId"), "productId", MAX_ID_LENGTH),
        str(content_type),
        integer(known.get("bytes"), "bytes", 1, MAX_BYTES),
    )


def uploads_from(notification: Any) -> list[Upload]:
    """The uploads of a notification; none in S3's test of the destination. Raises InvalidEvent.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    if isinstance(notification, Mapping) and notification.get("Event") == TEST:
        return []
    try:
        return list(_uploads(notification["Records"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidEvent(f"the message is no notification of S3 ({type(error).__name__})") from error


def _uploads(records: Any) -> Iterator[Upload]:
    for record in records:
        key = unquote_plus(record["s3"]["object"]["key"])
        if not key.startswith(UPLOADS):
            raise InvalidEvent(f"the notification is not about an upload: its key does not begin with {UPLOADS}")
        yield Upload(key.removeprefix(UPLOADS), datetime.fromisoformat(record["eventTime"]))
