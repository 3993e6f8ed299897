"""An upload that S3 announced, on moto: once, twice, late, interrupted, and after its picture was deleted."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pictures.tests import pixels
from pictures.tests.builders import LATER, NOON, picture
from pictures_service import images, taking
from pictures_service.bucket import Bucket
from pictures_service.domain import Status, derived_names
from pictures_service.errors import BusyBucket
from pictures_service.repository import Pictures
from pictures_service.taking import Taking

GOOD, OTHER = pixels.jpeg((60, 40)), pixels.encoded(pixels.halves((60, 40), pixels.GREEN, pixels.GREEN), "JPEG")
READY = ["originals/p1", *sorted(f"pictures/p1/{name}" for name in derived_names())]


def upload(s3: Any, content: bytes = GOOD) -> None:
    s3.put_object(Bucket="pictures", Key="uploads/p1", Body=content)


def keys(s3: Any) -> list[str]:
    return sorted(each["Key"] for each in s3.list_objects_v2(Bucket="pictures").get("Contents", []))


def status(pictures: Pictures) -> Status | None:
    found = pictures.find("p1")
    return found.status if found else None


@pytest.fixture
def intake(pictures: Pictures, bucket: Bucket) -> Taking:
    pictures.add(picture(), "request-1")
    return Taking(pictures, bucket)


def test_a_good_file_becomes_ready(s3: Any, intake: Taking, pictures: Pictures) -> None:
    upload(s3)
    intake.take("p1", LATER)
    found = pictures.find("p1")
    assert found is not None
    assert (found.status, found.width, found.height, found.uploaded_at) == (Status.READY, 60, 40, LATER)
    assert keys(s3) == READY
    head = s3.head_object(Bucket="pictures", Key="pictures/p1/medium.webp")
    assert (head["ContentType"], head["CacheControl"]) == ("image/webp", "public, max-age=31536000, immutable")


def test_a_bad_file_is_refused_and_removed(s3: Any, intake: Taking, pictures: Pictures) -> None:
    upload(s3, b"<html>")
    intake.take("p1", LATER)
    found = pictures.find("p1")
    assert found is not None
    assert (found.status, found.reason) == (Status.REFUSED, "the file is not a JPEG")
    assert keys(s3) == []


def test_an_upload_that_was_a_dead_letter_for_two_weeks_is_taken(s3: Any, intake: Taking, pictures: Pictures) -> None:
    upload(s3)
    two_weeks_later = NOON + timedelta(days=14)
    before = pictures.find("p1")
    assert before is not None
    assert before.is_gone(two_weeks_later)
    assert before.expires_at is not None
    assert before.expires_at > two_weeks_later, "DynamoDB would have deleted the row, and the stream the file"
    intake.take("p1", LATER)
    found = pictures.find("p1")
    assert found is not None
    assert (found.status, found.is_gone(two_weeks_later)) == (Status.READY, False)


@pytest.mark.parametrize("content", [GOOD, b"<html>"])
def test_a_repeat_changes_nothing(s3: Any, intake: Taking, pictures: Pictures, content: bytes) -> None:
    upload(s3, content)
    intake.take("p1", LATER)
    before = (pictures.find("p1"), keys(s3))
    intake.take("p1", LATER)
    assert (pictures.find("p1"), keys(s3)) == before


@pytest.mark.parametrize("first", [GOOD, b"<html>"])
def test_a_later_upload_changes_nothing(s3: Any, intake: Taking, pictures: Pictures, first: bytes) -> None:
    upload(s3, first)
    intake.take("p1", LATER)
    before = (pictures.find("p1"), keys(s3))
    upload(s3, OTHER)
    intake.take("p1", LATER)
    assert (pictures.find("p1"), keys(s3)) == before
    if first == GOOD:
        assert s3.get_object(Bucket="pictures", Key="originals/p1")["Body"].read() == GOOD


def test_of_two_uploads_the_first_that_was_taken_counts(s3: Any, intake: Taking, bucket: Bucket) -> None:
    """The function ended after it had taken the first one, and meanwhile a second came."""
    upload(s3)
    assert bucket.original("p1") == GOOD
    upload(s3, OTHER)
    intake.take("p1", LATER)
    assert s3.get_object(Bucket="pictures", Key="originals/p1")["Body"].read() == GOOD


@pytest.mark.parametrize("step", ["note_upload", "put", "make_ready", "remove_upload"])
def test_an_interrupted_upload_is_taken_again(
    s3: Any, intake: Taking, pictures: Pictures, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    upload(s3)
    owner = pictures if hasattr(pictures, step) else bucket
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, raises)
        with pytest.raises(TimeoutError):
            intake.take("p1", LATER)
    intake.take("p1", LATER)
    assert (status(pictures), keys(s3)) == (Status.READY, READY)


def raises(*_: object) -> None:
    raise TimeoutError


def test_an_upload_of_a_deleted_picture_is_removed(s3: Any, intake: Taking, pictures: Pictures) -> None:
    pictures.remove(picture())
    upload(s3)
    intake.take("p1", LATER)
    assert keys(s3) == []


def test_a_picture_that_is_deleted_meanwhile_leaves_nothing(
    s3: Any, intake: Taking, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(s3)
    look = images.look_at

    def delete_first(content: bytes, content_type: str) -> Any:
        pictures.remove(picture())
        return look(content, content_type)

    monkeypatch.setattr(taking, "look_at", delete_first)
    intake.take("p1", LATER)
    assert (status(pictures), keys(s3)) == (None, [])


def test_a_notification_without_a_file_changes_nothing(s3: Any, intake: Taking, pictures: Pictures) -> None:
    """The picture expires if none comes."""
    intake.take("p1", LATER)
    assert pictures.find("p1") == picture()


def test_a_conflict_of_writes_is_tried_again(s3: Any, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(s3)

    def conflict(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")

    monkeypatch.setattr(s3, "put_object", conflict)
    with pytest.raises(BusyBucket):
        bucket.original("p1")
