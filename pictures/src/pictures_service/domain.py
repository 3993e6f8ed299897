"""A picture of a product, and its status. Pure.

PENDING (a form was given out) -> READY or REFUSED (the uploaded file was looked at). Both are final. A picture that is
deleted, or whose file never came, is gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_PICTURES = 20  # of a product
MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
MAX_SCANS = 100  # of a JPEG. Encoders make some ten; each is decoded over all pixels
FORM_LIVES = timedelta(minutes=15)
PENDING_LIVES = timedelta(days=1)
# A day longer than a dead letter about the upload, as the bucket keeps the file: `make redrive` finds both.
ROW_LIVES = timedelta(days=15)
# The longer side of each derived picture; a smaller original is not enlarged.
SIZES = {"small": 160, "medium": 480, "large": 1200}
# By ending.
DERIVED_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
# What may be uploaded, and what Pillow calls it.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

UPLOADS, ORIGINALS, DERIVED = "uploads/", "originals/", "pictures/"
"""Where a file is: as it was uploaded, once it was taken, and what the CDN serves."""


class Status(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Picture:
    """`uploaded_at` is None as long as no file was taken. Without one DynamoDB deletes the row after `expires_at`."""

    picture_id: str
    product_id: str
    content_type: str
    size: int
    created_at: datetime
    status: Status = Status.PENDING
    uploaded_at: datetime | None = None
    expires_at: datetime | None = None
    reason: str = ""
    width: int | None = None
    height: int | None = None

    @property
    def dated(self) -> datetime:
        """The upload, or the form for it as long as no file has come: it orders the pictures of a product."""
        return self.uploaded_at or self.created_at

    def is_gone(self, now: datetime) -> bool:
        """Whether its file seems never to come. One that is taken later brings the picture back."""
        return self.uploaded_at is None and self.created_at + PENDING_LIVES <= now


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived picture, without metadata, in sRGB."""

    name: str  # such as `medium.jpg`
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of an original: its size as people see it, and the derived pictures."""

    width: int
    height: int
    derived: tuple[Derived, ...]


def derived_names() -> list[str]:
    return [f"{size}.{ending}" for size in SIZES for ending in DERIVED_TYPES]


def urls_of(picture_id: str, cdn: str) -> list[str]:
    """The URLs of a picture that is READY: small, medium and large, each as WebP and JPEG."""
    return [f"{cdn}/{DERIVED}{picture_id}/{name}" for name in derived_names()]


def upload_key(picture_id: str) -> str:
    return f"{UPLOADS}{picture_id}"


def original_key(picture_id: str) -> str:
    return f"{ORIGINALS}{picture_id}"


def derived_key(picture_id: str, name: str) -> str:
    return f"{DERIVED}{picture_id}/{name}"


def in_order(pictures: list[Picture]) -> list[Picture]:
    return sorted(pictures, key=lambda each: (each.dated, each.picture_id))
