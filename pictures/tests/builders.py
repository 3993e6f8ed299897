"""Pictures and S3's notifications for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from pictures_service.domain import ROW_LIVES, Picture

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=5)
CDN = "https://cdn.test"


def picture(picture_id: str = "p1", **changes: Any) -> Picture:
    """A picture whose file has not come."""
    new = Picture(picture_id, "kettle", "image/jpeg", 100, NOON, expires_at=NOON + ROW_LIVES)
    return replace(new, **changes)


def notification(*keys: str, at: datetime = LATER) -> dict[str, Any]:
    """As S3 sends it, with what this service reads."""
    records = [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Post",
            "eventTime": at.isoformat().replace("+00:00", "Z"),
            "s3": {"bucket": {"name": "pictures"}, "object": {"key": quote_plus(key), "size": 100}},
        }
        for key in keys
    ]
    return {"Records": records}
