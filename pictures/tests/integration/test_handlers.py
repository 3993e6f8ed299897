"""The handlers, with the table and the bucket on moto."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

import pictures_service
from ecom.dynamo import typed
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event
from ecom_testkit.queue_spy import QueueSpy
from pictures.tests import pixels
from pictures.tests.builders import CDN, LATER, NOON, notification, picture
from pictures_service import bootstrap
from pictures_service.bucket import Bucket
from pictures_service.cdn import Cdn
from pictures_service.deleting import Deleting
from pictures_service.domain import MAX_PICTURES, Picture, Status
from pictures_service.handlers import graphql_pictures, on_picture_removed, on_product_deleted, on_upload
from pictures_service.removing import Removing
from pictures_service.repository import Pictures
from pictures_service.rows import picture_item
from pictures_service.taking import Taking
from pictures_service.uploading import Uploading

INPUT = {"productId": "kettle", "contentType": "image/jpeg", "bytes": 100}


class KnowsKettle:
    """The catalogue."""

    def find(self, product_ids: list[str]) -> dict[str, Any]:
        return {each: {} for each in product_ids if each == "kettle"}


class CloudFront:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def create_invalidation(self, **request: Any) -> None:
        self.asked.append(request)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch, pictures: Pictures, bucket: Bucket) -> list[Any]:
    """The time; the handlers' objects are those of the test."""
    time, catalogue = [NOON], KnowsKettle()
    uploading = Uploading(pictures, bucket, catalogue, lambda: time[0])  # type: ignore[arg-type]  # as much of it as is asked
    monkeypatch.setenv("CDN_URL", CDN)
    monkeypatch.setattr(bootstrap, "uploading", lambda: uploading)
    monkeypatch.setattr(bootstrap, "taking", lambda: Taking(pictures, bucket))
    monkeypatch.setattr(bootstrap, "deleting", lambda: Deleting(pictures))
    return time


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch, now: list[Any]) -> DeadLetterSpy:
    spy = DeadLetterSpy()
    runtime = Runtime(pictures_service.__file__, dead_letters=spy, queue=QueueSpy())
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    return spy


def ask(field: str, groups: tuple[str, ...] = ("admin",), **arguments: Any) -> Any:
    event = field_event(field, arguments)
    event["identity"] = {"sub": "user-1", "groups": list(groups)}
    return graphql_pictures.handler(event, LambdaContext())


def test_a_form_stores_exactly_the_announced_file(now: list[Any], pictures: Pictures) -> None:
    form = ask("createPictureUpload", input=INPUT)
    fields = json.loads(form["fields"])
    conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    assert (fields["key"], fields["Content-Type"]) == (f"uploads/{form['pictureId']}", "image/jpeg")
    assert {"Content-Type": "image/jpeg"} in conditions
    assert ["content-length-range", 100, 100] in conditions
    assert form["expiresAt"] == "2026-03-01T12:15:00.000Z"
    assert [each.picture_id for each in pictures.of_product("kettle")] == [form["pictureId"]]


def test_an_unknown_product_gets_no_picture(now: list[Any], pictures: Pictures) -> None:
    assert ask("createPictureUpload", input={**INPUT, "productId": "cup"})["error"]["type"] == "NOT_FOUND"
    assert pictures.of_product("cup") == []


def test_pictures_whose_files_never_came_make_room(now: list[Any]) -> None:
    for _ in range(MAX_PICTURES):
        ask("createPictureUpload", input=INPUT)
    assert ask("createPictureUpload", input=INPUT)["error"]["type"] == "INVALID_INPUT"
    now[0] += timedelta(days=1)
    assert ask("getPictures", productId="kettle") == []
    assert "pictureId" in ask("createPictureUpload", input=INPUT)
    assert len(ask("getPictures", productId="kettle")) == 1


def test_uploads_that_make_the_same_room_do_not_fail(
    now: list[Any], pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MAX_PICTURES):
        ask("createPictureUpload", input=INPUT)
    now[0] += timedelta(days=1)
    gone = pictures.of_product("kettle")

    def removed_meanwhile(product_id: str) -> list[Picture]:
        for each in gone:
            pictures.remove(each)
        return gone

    monkeypatch.setattr(pictures, "of_product", removed_meanwhile)
    assert "pictureId" in ask("createPictureUpload", input=INPUT)


def test_a_picture_is_deleted_once(now: list[Any], pictures: Pictures) -> None:
    picture_id = ask("createPictureUpload", input=INPUT)["pictureId"]
    pictures.make_ready(picture_id, 40, 20)
    deleted = ask("deletePicture", pictureId=picture_id)
    assert (deleted["status"], deleted["width"], len(deleted["urls"])) == ("READY", 40, 6)
    assert ask("deletePicture", pictureId=picture_id)["error"]["type"] == "NOT_FOUND"
    assert ask("getPictures", productId="kettle") == []


def test_a_picture_that_is_gone_cannot_be_deleted(now: list[Any]) -> None:
    picture_id = ask("createPictureUpload", input=INPUT)["pictureId"]
    now[0] += timedelta(days=1)
    assert ask("deletePicture", pictureId=picture_id)["error"]["type"] == "NOT_FOUND"


@pytest.mark.parametrize("groups", [(), ("warehouse",), ("delivery",)])
@pytest.mark.parametrize("field", ["createPictureUpload", "deletePicture", "getPictures"])
def test_others_manage_no_pictures(now: list[Any], field: str, groups: tuple[str, ...]) -> None:
    answer = ask(field, groups, input=INPUT, pictureId="p1", productId="kettle")
    assert answer["error"]["type"] == "Unauthorized"


def message(body: Any) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1772366400000"}
    return {"messageId": "m1", "receiptHandle": "r1", "body": json.dumps(body), "attributes": attributes}


def test_an_announced_upload_is_taken(dead_letters: DeadLetterSpy, pictures: Pictures, s3: Any) -> None:
    pictures.add(picture(), "request-1")
    s3.put_object(Bucket="pictures", Key="uploads/p1", Body=pixels.jpeg())
    answer = on_upload.handler({"Records": [message(notification("uploads/p1"))]}, LambdaContext())
    found = pictures.find("p1")
    assert found is not None
    assert (answer, found.status, found.uploaded_at) == ({"batchItemFailures": []}, Status.READY, LATER)


def test_what_fails_comes_back(
    dead_letters: DeadLetterSpy, pictures: Pictures, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.add(picture(), "request-1")
    s3.delete_bucket(Bucket="pictures")
    answer = on_upload.handler({"Records": [message(notification("uploads/p1"))]}, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert dead_letters.messages == []


def test_poison_is_a_dead_letter_and_the_test_message_is_dropped(dead_letters: DeadLetterSpy) -> None:
    for body in ({"Event": "s3:TestEvent"}, {"about": "nothing"}):
        assert on_upload.handler({"Records": [message(body)]}, LambdaContext()) == {"batchItemFailures": []}
    assert [json.loads(received) for received, _ in dead_letters.messages] == [{"about": "nothing"}]


def test_the_pictures_of_a_deleted_product_go(dead_letters: DeadLetterSpy, pictures: Pictures) -> None:
    """Those that are newer than the event belong to a product that was created again."""
    product = {"productId": "kettle", "name": "Kettle", "package": {}, "price": 1}
    for name, uploaded in (("old", NOON), ("same-second", NOON + timedelta(milliseconds=700)), ("new", LATER)):
        pictures.add(picture(name), "request-1")
        pictures.note_upload(name, uploaded)
    pictures.add(picture("pending"), "request-1")
    pictures.add(picture("other", product_id="cup"), "request-1")
    event = bus_event("ecommerce.products", "ProductDeleted", product, resources=["kettle"], time=NOON)
    for _ in range(2):
        on_product_deleted.handler(event, LambdaContext())
    assert [each.picture_id for each in pictures.of_product("kettle")] == ["new"]
    assert len(pictures.of_product("cup")) == 1


@pytest.mark.parametrize(("status", "invalidations"), [("READY", 1), ("PENDING", 0)])
def test_the_objects_of_a_removed_picture_go(
    monkeypatch: pytest.MonkeyPatch, pictures: Pictures, bucket: Bucket, s3: Any, status: str, invalidations: int
) -> None:
    cloudfront = CloudFront()
    removing = Removing(pictures, bucket, Cdn(cloudfront, "D1"))
    monkeypatch.setattr(bootstrap, "removing", lambda: removing)
    for key in ("uploads/p1", "originals/p1", "pictures/p1/small.webp", "pictures/p2/small.webp"):
        s3.put_object(Bucket="pictures", Key=key, Body=b"x")
    item = {**picture_item(picture(), "request-1"), "status": status}
    record = {"dynamodb": {"OldImage": typed(item), "SequenceNumber": "7"}}
    assert on_picture_removed.handler({"Records": [record]}, LambdaContext()) == {"batchItemFailures": []}
    left = [each["Key"] for each in s3.list_objects_v2(Bucket="pictures")["Contents"]]
    assert left == ["pictures/p2/small.webp"]
    assert len(cloudfront.asked) == invalidations
    if invalidations:
        batch = cloudfront.asked[0]["InvalidationBatch"]
        assert (batch["CallerReference"], batch["Paths"]["Quantity"]) == ("p1", 6)
        assert "/pictures/p1/medium.jpg" in batch["Paths"]["Items"]


def test_a_removal_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "removing", lambda: None)
    record = {"dynamodb": {"OldImage": typed(picture_item(picture(), "")), "SequenceNumber": "7"}}
    answer = on_picture_removed.handler({"Records": [record, record]}, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}
