"""The table of pictures, on moto."""

from datetime import timedelta
from typing import Any

import pytest

from ecom.errors import TryAgain
from ecom_testkit.throttling import FAILURES, FailingClient
from pictures.tests.builders import LATER, NOON, picture
from pictures_service.domain import MAX_PICTURES, PENDING_LIVES, Status
from pictures_service.errors import NoSuchPicture, TooManyPictures
from pictures_service.repository import Pictures


def test_a_new_picture_is_pending_and_expires(pictures: Pictures) -> None:
    pictures.add(picture(), "request-1")
    assert pictures.find("p1") == picture()
    assert not picture().is_gone(NOON + PENDING_LIVES - timedelta(seconds=1))
    assert picture().is_gone(NOON + PENDING_LIVES)
    assert pictures.find("unknown") is None
    assert pictures.find("x" * 3000) is None


def test_the_pictures_of_a_product_are_in_the_order_of_upload(pictures: Pictures) -> None:
    for number, name in enumerate(("c", "b", "a")):
        pictures.add(picture(name, created_at=NOON - timedelta(hours=number)), "request-1")
    pictures.add(picture("other", product_id="cup"), "request-1")
    pictures.note_upload("a", LATER)
    assert [each.picture_id for each in pictures.of_product("kettle")] == ["b", "c", "a"]
    assert pictures.of_product("unknown") == []


def test_a_product_has_at_most_so_many(pictures: Pictures) -> None:
    for number in range(MAX_PICTURES):
        pictures.add(picture(f"p{number}"), "request-1")
    with pytest.raises(TooManyPictures):
        pictures.add(picture("more"), "request-1")
    assert pictures.find("more") is None
    pictures.add(picture("other", product_id="cup"), "request-1")
    pictures.remove(picture("p7"))
    pictures.add(picture("more"), "request-1")


def test_a_picture_whose_file_came_does_not_expire(pictures: Pictures) -> None:
    """A repeat does not change the time."""
    pictures.add(picture(), "request-1")
    assert pictures.note_upload("p1", LATER)
    assert pictures.note_upload("p1", LATER + timedelta(hours=1))
    found = pictures.find("p1")
    assert found is not None
    assert (found.uploaded_at, found.expires_at) == (LATER, None)


def test_what_was_decided_first_stays(pictures: Pictures) -> None:
    pictures.add(picture(), "request-1")
    assert pictures.make_ready("p1", 40, 20)
    assert not pictures.refuse("p1", "late")
    assert not pictures.note_upload("p1", LATER)
    found = pictures.find("p1")
    assert found is not None
    assert (found.status, found.width, found.height, found.reason) == (Status.READY, 40, 20, "")


def test_a_removed_picture_stays_removed(pictures: Pictures) -> None:
    pictures.add(picture(), "request-1")
    pictures.remove(picture())
    assert not pictures.note_upload("p1", LATER)
    assert not pictures.make_ready("p1", 40, 20)
    with pytest.raises(NoSuchPicture):
        pictures.remove(picture())
    assert (pictures.find("p1"), pictures.of_product("kettle")) == (None, [])


def test_a_picture_that_expired_leaves_its_product(pictures: Pictures, dynamodb: Any) -> None:
    for number in range(MAX_PICTURES):
        pictures.add(picture(f"p{number}"), "request-1")
    dynamodb.delete_item(TableName="pictures", Key={"id": {"S": "picture#p0"}})  # as its time to live does
    pictures.forget(picture("p0"))
    pictures.forget(picture("p0"))
    pictures.add(picture("more"), "request-1")


@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_a_failure_of_the_table_is_tried_again(code: str, status: int) -> None:
    client: Any = FailingClient(code, status)
    pictures = Pictures(client, "pictures")
    for call in (
        lambda: pictures.find("p1"),
        lambda: pictures.of_product("kettle"),
        lambda: pictures.note_upload("p1", NOON),
        lambda: pictures.make_ready("p1", 1, 1),
    ):
        with pytest.raises(TryAgain):
            call()
