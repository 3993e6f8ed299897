"""PictureReady and PictureDeleted -> the managed pictures of products."""

from typing import Any

from ecom.aws import create_during_init
from ecom.contracts.pictures import PictureDeleted, PictureReady
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from products_service import bootstrap
from products_service.pictures import ManagedPicture

SHOWN = "/medium.jpg"


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"PictureReady": add, "PictureDeleted": remove})


def add(event: IncomingEvent[PictureReady]) -> None:
    detail = event.detail
    url = next((each for each in detail["urls"] if each.endswith(SHOWN)), None)
    if url is None:
        raise InvalidEvent(f"no URL of PictureReady ends with {SHOWN}")
    require_keys(detail["pictureId"], detail["productId"])
    picture = ManagedPicture(detail["pictureId"], detail["productId"], url, detail["uploadedDate"])
    bootstrap.managed_pictures().add(picture, event.correlation_id)


def remove(event: IncomingEvent[PictureDeleted]) -> None:
    detail = event.detail
    require_keys(detail["pictureId"], detail["productId"])
    bootstrap.managed_pictures().remove(detail["pictureId"], detail["productId"], event.correlation_id)


def require_keys(*ids: str) -> None:
    if not all(can_be_key(each) for each in ids):
        raise InvalidEvent("an id is too long")


create_during_init(bootstrap.managed_pictures)
