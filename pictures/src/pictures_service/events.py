"""A change of the table -> the events to publish. Pure."""

from collections.abc import Callable
from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from ecom.times import timestamp
from pictures_service.domain import Picture, Status, urls_of
from pictures_service.rows import PICTURE, picture_from

SOURCE = "ecommerce.pictures"


def events_for(cdn: str) -> Callable[[Change], list[OutgoingEvent]]:
    """`cdn` is the URL that the derived pictures are under."""

    def events_of(change: Change) -> list[OutgoingEvent]:
        if not str(change.keys["id"]).startswith(PICTURE):
            return []
        old, new = (None if image is None else picture_from(image) for image in (change.old, change.new))
        if new is None:
            return [_event(change, "PictureDeleted", old, {"uploadedDate": timestamp(old.dated)})] if old else []
        if old is None or old.status is new.status:
            return []
        if new.status is Status.READY:
            detail = {"urls": urls_of(new.picture_id, cdn), "uploadedDate": timestamp(new.dated)}
            return [_event(change, "PictureReady", new, detail)]
        return [_event(change, "PictureRefused", new, {"reason": new.reason})]

    return events_of


def _event(change: Change, detail_type: str, about: Picture, detail: dict[str, Any]) -> OutgoingEvent:
    names = {"pictureId": about.picture_id, "productId": about.product_id}
    return change.event(detail_type, about.picture_id, {**names, **detail})
