"""Pictures from their upload to the CDN, on the running platform."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from ecom_client.journey import Client, Refused, Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.pictures import Pictures, fetch, post
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letter_queues
from pictures.tests import pixels

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.pictures"
NAMES = [f"{size}.{ending}" for size in ("small", "medium", "large") for ending in ("webp", "jpg")]


@pytest.fixture
def shown(staff: Staff) -> Callable[[str], list[str]]:
    """The pictures of a product in the catalogue."""

    def read(product_id: str) -> list[str]:
        product = staff.ask("query Q($id: ID!) { getProduct(productId: $id) { pictures } }", id=product_id)
        return list((product or {}).get("pictures") or [])

    return read


def keys_of(platform: Platform, picture_id: str) -> list[str]:
    """All objects of a picture."""
    s3, bucket = platform.client("s3"), platform.parameter("pictures/bucket/name")
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return sorted(each["Key"] for each in found if picture_id in each["Key"])


def test_an_upload_becomes_six_pictures_that_the_cdn_serves(
    platform_outside: Platform, pictures: Pictures, product_id: str, shown: Callable[[str], list[str]]
) -> None:
    with platform_outside.events(SOURCE) as events:
        picture_id = pictures.upload(product_id, pixels.turned(6, (2000, 1000)))
        picture = pictures.decided(product_id, picture_id)
        assert (picture["status"], picture["width"], picture["height"]) == ("READY", 1000, 2000)
        cdn = platform_outside.parameter("pictures/cdn/url")
        assert picture["urls"] == [f"{cdn}/pictures/{picture_id}/{name}" for name in NAMES]
        ready = events.wait_for(picture_id, "PictureReady")["detail"]
    assert (ready["urls"], ready["productId"]) == (picture["urls"], product_id)
    for url in picture["urls"] or ():
        answer, content = fetch(url)
        image = Image.open(io.BytesIO(content))
        assert (answer.status, answer.headers["content-type"]) == (200, f"image/{(image.format or '').lower()}")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert image.height == 2 * image.width
    medium = f"{cdn}/pictures/{picture_id}/medium.jpg"
    poll(lambda: shown(product_id), lambda found: found[-1:] == [medium], what="the picture in the catalogue")


def test_the_cdn_serves_nothing_else(platform_outside: Platform, pictures: Pictures, product_id: str) -> None:
    picture_id = pictures.upload(product_id, pixels.jpeg())
    pictures.decided(product_id, picture_id)
    cdn = platform_outside.parameter("pictures/cdn/url")
    original = f"originals/{picture_id}"
    assert original in keys_of(platform_outside, picture_id)
    for path in ("", original, f"uploads/{picture_id}", f"pictures/{picture_id}/../../{original}", "?list-type=2"):
        assert fetch(f"{cdn}/{path}")[0].status == 403, path
    for method in ("POST", "PUT", "DELETE"):
        assert fetch(f"{cdn}/pictures/{picture_id}/medium.jpg", method)[0].status == 403


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (b"<html>", "image/png", "the file is not a PNG"),
        (pixels.jpeg(), "image/png", "the file is a JPEG, not a PNG"),
        (pixels.jpeg((400, 400))[:-300], "image/jpeg", "the file cannot be decoded"),
        (pixels.bomb(9000, 9000), "image/png", "the picture has more than 40 million pixels"),
        (pixels.animated("WEBP"), "image/webp", "the picture is animated"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(
    platform_outside: Platform, pictures: Pictures, product_id: str, content: bytes, content_type: str, reason: str
) -> None:
    with platform_outside.events(SOURCE) as events:
        picture_id = pictures.upload(product_id, content, content_type)
        picture = pictures.decided(product_id, picture_id)
        assert (picture["status"], picture["urls"]) == ("REFUSED", None)
        assert (picture["reason"] or "").startswith(reason)
        assert events.wait_for(picture_id, "PictureRefused")["detail"]["reason"] == picture["reason"]
    poll(lambda: keys_of(platform_outside, picture_id), lambda keys: not keys, what="that its file is removed")


@pytest.mark.parametrize(
    ("changes", "by", "status"),
    [({}, 1, 400), ({}, -1, 400), ({"Content-Type": "text/html"}, 0, 403), ({"key": "pictures/x"}, 0, 403)],
)
def test_a_form_takes_the_announced_file_only(
    pictures: Pictures, product_id: str, changes: dict[str, str], by: int, status: int
) -> None:
    content = pixels.jpeg()
    form = pictures.form(product_id, "image/jpeg", len(content) + by)
    assert post(form, content, changes).status == status
    assert [each["status"] for each in pictures.of_product(product_id)] == ["PENDING"]


def test_a_later_upload_with_the_same_form_changes_nothing(
    platform_outside: Platform, pictures: Pictures, product_id: str
) -> None:
    first, second = (pixels.encoded(pixels.halves((40, 20), colour), "BMP") for colour in (pixels.RED, pixels.GREEN))
    first, second = (pixels.encoded(Image.open(io.BytesIO(each)), "PNG") for each in (first, second))
    assert len(first) == len(second)
    form = pictures.form(product_id, "image/png", len(first))
    assert post(form, first).status == 204
    picture = pictures.decided(product_id, form["pictureId"])
    assert post(form, second).status == 204
    upload = f"uploads/{form['pictureId']}"
    poll(lambda: keys_of(platform_outside, form["pictureId"]), lambda keys: upload not in keys, what="its removal")
    assert pictures.known(product_id, form["pictureId"]) == picture
    content = fetch((picture["urls"] or [""])[-1])[1]
    assert pixels.is_near(Image.open(io.BytesIO(content)).getpixel((3, 3)), pixels.RED)


def test_five_notifications_at_once_make_one_result(
    platform_outside: Platform, pictures: Pictures, product_id: str
) -> None:
    content = pixels.jpeg((3000, 2000))
    form = pictures.form(product_id, "image/jpeg", len(content))
    with platform_outside.events(SOURCE) as events:
        with ThreadPoolExecutor(5) as pool:
            assert [answer.status for answer in pool.map(lambda _: post(form, content), range(5))] == [204] * 5
        pictures.decided(product_id, form["pictureId"])
        events.wait_for(form["pictureId"], "PictureReady")
        poll(lambda: keys_of(platform_outside, form["pictureId"]), lambda keys: len(keys) == 7, what="a tidy bucket")
        assert len(events.about(form["pictureId"])) == 1
    assert [each["status"] for each in pictures.of_product(product_id)] == ["READY"]


def test_a_deleted_picture_is_gone_everywhere(
    platform_outside: Platform, pictures: Pictures, product_id: str, shown: Callable[[str], list[str]]
) -> None:
    before = shown(product_id)
    picture_id = pictures.upload(product_id, pixels.jpeg())
    url = (pictures.decided(product_id, picture_id)["urls"] or [""])[-1]
    assert fetch(url)[0].status == 200  # from now on it is in the cache
    poll(lambda: shown(product_id), lambda found: found != before, what="the picture in the catalogue")
    with platform_outside.events(SOURCE) as events:
        assert pictures.delete(picture_id)["status"] == "READY"
        assert pictures.of_product(product_id) == []
        with pytest.raises(Refused) as failure:
            pictures.delete(picture_id)
        assert failure.value.types == ["NOT_FOUND"]
        assert set(events.wait_for(picture_id, "PictureDeleted")["detail"]) >= {
            "pictureId",
            "productId",
            "uploadedDate",
        }
    poll(lambda: keys_of(platform_outside, picture_id), lambda keys: not keys, what="that its objects are removed")
    poll(lambda: fetch(url)[0].status, lambda status: status == 403, 120, "that the CDN has forgotten it")
    poll(lambda: shown(product_id), lambda found: found == before, what="that the catalogue has forgotten it")


def test_an_upload_after_the_deletion_leaves_nothing(
    platform_outside: Platform, pictures: Pictures, product_id: str
) -> None:
    content = pixels.jpeg()
    form = pictures.form(product_id, "image/jpeg", len(content))
    pictures.delete(form["pictureId"])
    assert post(form, content).status == 204
    poll(lambda: keys_of(platform_outside, form["pictureId"]), lambda keys: not keys, what="that the file is removed")
    assert pictures.of_product(product_id) == []


def test_a_product_has_at_most_twenty_pictures_at_any_moment(pictures: Pictures, product_id: str) -> None:
    def ask(_: int) -> str:
        try:
            return pictures.form(product_id, "image/png", 100)["pictureId"]
        except Refused as refusal:
            return ",".join(str(each) for each in refusal.types)

    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(ask, range(25)))
    assert made.count("INVALID_INPUT") == 5
    pictures.delete(next(each for each in made if each != "INVALID_INPUT"))
    assert ask(0) != "INVALID_INPUT"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"productId": "no-such-product"}, "NOT_FOUND"),
        ({"contentType": "image/gif"}, "INVALID_INPUT"),
        ({"bytes": 0}, "INVALID_INPUT"),
        ({"bytes": 10_000_001}, "INVALID_INPUT"),
    ],
)
def test_a_wrong_upload_is_refused(staff: Staff, product_id: str, change: dict[str, Any], error: str) -> None:
    query = "mutation M($input: PictureUploadInput!) { createPictureUpload(input: $input) { pictureId } }"
    with pytest.raises(Refused) as failure:
        staff.ask(query, input={"productId": product_id, "contentType": "image/png", "bytes": 100, **change})
    assert failure.value.types == [error]


def test_shoppers_manage_no_pictures(platform_outside: Platform, shopper: Person, product_id: str) -> None:
    with pytest.raises(Refused) as failure:
        Pictures(Client(platform_outside, shopper)).of_product(product_id)
    assert failure.value.types == ["Unauthorized"]


def test_administrators_set_no_managed_pictures(
    platform_outside: Platform, staff: Staff, pictures: Pictures, product_id: str, shown: Callable[[str], list[str]]
) -> None:
    """A client that read them may send them back."""
    picture_id = pictures.upload(product_id, pixels.jpeg())
    urls = pictures.decided(product_id, picture_id)["urls"] or []
    managed = [url for url in urls if url.endswith("/medium.jpg")]
    poll(lambda: shown(product_id), lambda found: found[-1:] == managed, what="the picture in the catalogue")
    query = """query Q($id: ID!) { getProduct(productId: $id) {
        productId name price category tags package { width length height weight } } }"""
    known = {name: value for name, value in staff.ask(query, id=product_id).items() if value is not None}
    own = "https://x.example/1.jpg"
    update = "mutation M($product: ProductInput!) { updateProduct(product: $product) { pictures } }"
    another = platform_outside.parameter("pictures/cdn/url") + "/pictures/another/medium.jpg"
    staff.ask(update, product={**known, "pictures": [another, own, *managed]})
    assert shown(product_id) == [own, *managed]
    staff.ask(update, product={**known, "pictures": []})
    assert shown(product_id) == managed


def test_the_pictures_of_a_deleted_product_are_deleted(
    platform_outside: Platform, staff: Staff, pictures: Pictures, product_id: str
) -> None:
    picture_id = pictures.upload(product_id, pixels.jpeg())
    pictures.decided(product_id, picture_id)
    pending = pictures.form(product_id, "image/png", 100)["pictureId"]
    staff.ask("mutation M($id: ID!) { deleteProduct(productId: $id) { productId } }", id=product_id)
    poll(lambda: pictures.of_product(product_id), lambda found: not found, what=f"that {pending} is gone, too")
    poll(lambda: keys_of(platform_outside, picture_id), lambda keys: not keys, what="that its objects are removed")


def test_a_message_that_is_no_notification_is_a_dead_letter(platform_outside: Platform) -> None:
    """S3's own test message is dropped. The clean-up of the tests removes the dead letter."""
    name = new_id()
    sqs = platform_outside.client("sqs")
    queues = sqs.list_queues(QueueNamePrefix=f"ecommerce-{platform_outside.environment}-pictures-UploadsQueue")
    (url,) = queues["QueueUrls"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"Event": "s3:TestEvent", "Bucket": name}))
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"about": name}))
    dead = [each for each in dead_letter_queues(platform_outside) if "-pictures-" in each]

    def bodies() -> list[str]:
        found = sqs.receive_message(QueueUrl=dead[0], MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [each["Body"] for each in found if name in each["Body"]]

    assert poll(bodies, what="the dead letter") == [json.dumps({"about": name})]
