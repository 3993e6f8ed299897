"""What administrators and S3 send."""

from typing import Any

import pytest

from ecom.errors import InvalidEvent, InvalidInput
from pictures.tests.builders import LATER, notification
from pictures_service.inputs import Upload, Wanted, uploads_from, wanted_from

GIVEN = {"productId": "kettle", "contentType": "image/png", "bytes": 100}


@pytest.mark.parametrize("size", [1, 10_000_000])
@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp"])
def test_an_upload_is_announced_with_its_type_and_length(content_type: str, size: int) -> None:
    given = {**GIVEN, "contentType": content_type, "bytes": size}
    assert wanted_from(given) == Wanted("kettle", content_type, size)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contentType": "image/gif"}, "contentType"),
        ({"contentType": "image/svg+xml"}, "contentType"),
        ({"contentType": "IMAGE/PNG"}, "contentType"),
        ({"contentType": None}, "contentType"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": 10_000_001}, "bytes"),
        ({"bytes": True}, "bytes"),
        ({"productId": " "}, "productId"),
        ({"productId": "x" * 201}, "productId"),
        ({"width": 7}, "width"),
    ],
)
def test_a_wrong_announcement_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        wanted_from({**GIVEN, **change})


def test_a_notification_names_its_uploads() -> None:
    """Keys are encoded as in a form."""
    assert uploads_from(notification("uploads/p1", "uploads/a b+c")) == [Upload("p1", LATER), Upload("a b+c", LATER)]


def test_the_test_of_the_destination_has_no_uploads() -> None:
    assert uploads_from({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"}) == []


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        None,
        "text",
        {"Records": [{}]},
        {"Records": None},
        {"Event": "s3:Other"},
        notification("originals/p1"),
        {"Records": [{**notification("uploads/p1")["Records"][0], "eventTime": "noon"}]},
    ],
)
def test_other_messages_are_poison(message: Any) -> None:
    with pytest.raises(InvalidEvent):
        uploads_from(message)
