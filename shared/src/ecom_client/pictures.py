"""Pictures of products, as administrators upload and delete them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from ecom_client.graphql_types import Picture, PictureUpload
from ecom_client.journey import Client
from ecom_client.made import made
from ecom_client.platform import HTTP, Answer
from ecom_client.polling import poll

PICTURE = "pictureId productId status reason width height urls"


class Pictures:
    def __init__(self, admin: Client) -> None:
        self._admin = admin

    def form(self, product_id: str, content_type: str, size: int) -> PictureUpload:
        query = """mutation M($input: PictureUploadInput!) {
            createPictureUpload(input: $input) { pictureId url fields expiresAt } }"""
        given = {"productId": product_id, "contentType": content_type, "bytes": size}
        form: PictureUpload = self._admin.ask(query, input=given)
        made(form["pictureId"])
        return form

    def upload(self, product_id: str, content: bytes, content_type: str = "image/jpeg") -> str:
        """The id of the picture, whose file is uploaded."""
        form = self.form(product_id, content_type, len(content))
        answer = post(form, content)
        assert answer.status == 204, answer
        return form["pictureId"]

    def delete(self, picture_id: str) -> Picture:
        query = f"mutation M($id: ID!) {{ deletePicture(pictureId: $id) {{ {PICTURE} }} }}"
        picture: Picture = self._admin.ask(query, id=picture_id)
        return picture

    def of_product(self, product_id: str) -> list[Picture]:
        query = f"query Q($id: ID!) {{ getPictures(productId: $id) {{ {PICTURE} }} }}"
        pictures: list[Picture] = self._admin.ask(query, id=product_id)
        return pictures

    def known(self, product_id: str, picture_id: str) -> Picture:
        found = [each for each in self.of_product(product_id) if each["pictureId"] == picture_id]
        assert found, f"{product_id} has no picture {picture_id}"
        return found[0]

    def decided(self, product_id: str, picture_id: str, seconds: float = 60) -> Picture:
        """The picture, once it is READY or REFUSED."""
        return poll(
            lambda: self.known(product_id, picture_id),
            lambda picture: picture["status"] != "PENDING",
            seconds,
            f"that picture {picture_id} is READY or REFUSED",
        )


def post(form: PictureUpload, content: bytes, changes: Mapping[str, str] | None = None) -> Answer:
    """Send the file with the fields of the form, as a browser does: the file comes last."""
    fields: dict[str, Any] = {**json.loads(form["fields"]), **(changes or {}), "file": ("picture", content)}
    answer = HTTP.request("POST", form["url"], fields=fields, multipart_boundary=uuid.uuid4().hex, redirect=False)
    return Answer(answer.status, answer.data.decode(errors="replace"), dict(answer.headers))


def fetch(url: str, method: str = "GET") -> tuple[Answer, bytes]:
    """What the CDN answers, without credentials."""
    answer = HTTP.request(method, url, redirect=False)
    return Answer(answer.status, None, dict(answer.headers)), answer.data
