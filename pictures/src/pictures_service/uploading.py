"""Forms for uploads, and the removal of pictures: what administrators ask for."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ecom.catalogue_client import CatalogueClient
from pictures_service.bucket import Bucket
from pictures_service.domain import FORM_LIVES, ROW_LIVES, Picture
from pictures_service.errors import NoSuchPicture, NoSuchProduct, TooManyPictures
from pictures_service.inputs import Wanted
from pictures_service.repository import Pictures


@dataclass(frozen=True, slots=True)
class Form:
    picture_id: str
    url: str
    fields: dict[str, str]
    expires_at: datetime


class Uploading:
    def __init__(
        self, pictures: Pictures, bucket: Bucket, catalogue: CatalogueClient, now: Callable[[], datetime]
    ) -> None:
        self._pictures, self._bucket, self._catalogue, self._now = pictures, bucket, catalogue, now

    def begin(self, wanted: Wanted, correlation_id: str) -> Form:
        """Raises NoSuchProduct and TooManyPictures."""
        if wanted.product_id not in self._catalogue.find([wanted.product_id]):
            raise NoSuchProduct
        now = self._now()
        picture = Picture(
            picture_id=str(uuid.uuid4()),
            product_id=wanted.product_id,
            content_type=wanted.content_type,
            size=wanted.size,
            created_at=now,
            expires_at=now + ROW_LIVES,
        )
        try:
            self._pictures.add(picture, correlation_id)
        except TooManyPictures:
            if not self._make_room(wanted.product_id, now):
                raise
            self._pictures.add(picture, correlation_id)
        url, fields = self._bucket.form(picture, FORM_LIVES)
        return Form(picture.picture_id, url, fields, now + FORM_LIVES)

    def _make_room(self, product_id: str, now: datetime) -> bool:
        """Remove the pictures whose files seem never to come. DynamoDB does so two weeks later."""
        gone = [each for each in self._pictures.of_product(product_id) if each.is_gone(now)]
        for each in gone:
            with suppress(NoSuchPicture):  # another upload made the same room
                self._pictures.remove(each)
        return bool(gone)

    def delete(self, picture_id: str) -> Picture:
        """The picture as it was. The table's stream removes its objects. Raises NoSuchPicture."""
        picture = self._pictures.find(picture_id)
        if picture is None or picture.is_gone(self._now()):
            raise NoSuchPicture
        self._pictures.remove(picture)
        return picture

    def of_product(self, product_id: str) -> list[Picture]:
        now = self._now()
        return [each for each in self._pictures.of_product(product_id) if not each.is_gone(now)]
