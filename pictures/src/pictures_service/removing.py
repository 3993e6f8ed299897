"""What follows the removal of a picture from the table: its objects go, and the CDN forgets it."""

from pictures_service.bucket import Bucket
from pictures_service.cdn import Cdn
from pictures_service.domain import Picture, Status
from pictures_service.repository import Pictures


class Removing:
    def __init__(self, pictures: Pictures, bucket: Bucket, cdn: Cdn) -> None:
        self._pictures, self._bucket, self._cdn = pictures, bucket, cdn

    def remove(self, picture: Picture) -> None:
        """Repeating it is harmless. The objects go first: the CDN could read them again otherwise."""
        self._bucket.remove(picture.picture_id)
        if picture.status is Status.READY:
            self._cdn.forget(picture.picture_id)
        self._pictures.forget(picture)
