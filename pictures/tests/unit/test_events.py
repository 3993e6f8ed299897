"""A change of the table -> events that fit their schemas."""

from typing import Any

import pytest

import pictures_service
from ecom import jsons
from ecom.dynamo import Item
from ecom.schemas import Schemas
from ecom.table_stream import Change
from pictures.tests.builders import CDN, picture
from pictures_service.domain import Status
from pictures_service.events import SOURCE, events_for
from pictures_service.rows import picture_item

SCHEMAS = Schemas.of_service(pictures_service.__file__)
PENDING: Item = picture_item(picture(), "request-1")
UPLOADED: Item = {**PENDING, "uploadedDate": "2026-03-01T12:00:05.000Z"}
READY: Item = {**UPLOADED, "status": Status.READY.value, "width": 40, "height": 20, "version": 2}
REFUSED: Item = {**UPLOADED, "status": Status.REFUSED.value, "reason": "the picture is animated", "version": 2}


def events(old: Item | None, new: Item | None) -> list[tuple[str, dict[str, Any]]]:
    keys = {"id": (new or old or {})["id"]}
    made = events_for(CDN)(Change("record-1", SOURCE, keys, old, new))
    for each in made:
        SCHEMAS.check(each.detail_type, jsons.loads(jsons.dumps(each.document())))
    return [(each.detail_type, dict(each.detail)) for each in made]


def test_a_ready_picture_is_announced_with_its_urls() -> None:
    ((name, detail),) = events(UPLOADED, READY)
    names = [f"{size}.{ending}" for size in ("small", "medium", "large") for ending in ("webp", "jpg")]
    assert (name, detail["urls"]) == ("PictureReady", [f"{CDN}/pictures/p1/{each}" for each in names])
    assert (detail["pictureId"], detail["productId"]) == ("p1", "kettle")
    assert detail["uploadedDate"] == "2026-03-01T12:00:05.000Z"


def test_a_refused_picture_is_announced_with_the_reason() -> None:
    ((name, detail),) = events(UPLOADED, REFUSED)
    assert (name, detail["reason"]) == ("PictureRefused", "the picture is animated")


@pytest.mark.parametrize(("item", "date"), [(READY, "2026-03-01T12:00:05.000Z"), (PENDING, "2026-03-01T12:00:00.000Z")])
def test_a_removed_picture_is_announced_with_its_date(item: Item, date: str) -> None:
    """That of the form, if no file came."""
    assert events(item, None) == [("PictureDeleted", {"pictureId": "p1", "productId": "kettle", "uploadedDate": date})]


@pytest.mark.parametrize(("old", "new"), [(None, PENDING), (PENDING, UPLOADED), (READY, READY)])
def test_nothing_else_is_announced(old: Item | None, new: Item) -> None:
    assert events(old, new) == []


def test_the_row_of_a_product_is_no_picture() -> None:
    assert events(None, {"id": "product#kettle", "pictures": ["p1"]}) == []
