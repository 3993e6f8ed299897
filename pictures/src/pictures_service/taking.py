"""An upload that S3 has announced -> a picture that is READY or REFUSED.

Guarantees: announced twice, late, or five times at once, an upload gives one result, and objects with the same content.
Whatever fails on the way can be done again from its beginning. What is left of a picture that was deleted meanwhile
is removed.
"""

from datetime import datetime

from pictures_service.bucket import Bucket
from pictures_service.domain import Picture, Status
from pictures_service.errors import NotAPicture
from pictures_service.images import look_at
from pictures_service.repository import Pictures


class Taking:
    def __init__(self, pictures: Pictures, bucket: Bucket) -> None:
        self._pictures, self._bucket = pictures, bucket

    def take(self, picture_id: str, at: datetime) -> None:
        """`at` is the time of the upload."""
        picture = self._pictures.find(picture_id)
        if picture is not None and picture.status is Status.PENDING:
            content = self._bucket.original(picture_id)
            if content is None:
                return  # the notification is a late repeat, and there is no file any more
            self._pictures.note_upload(picture_id, at)
            self._finish(picture, content)
            picture = self._pictures.find(picture_id)
        self._tidy(picture_id, picture)

    def _finish(self, picture: Picture, content: bytes) -> None:
        try:
            looked = look_at(content, picture.content_type)
        except NotAPicture as refusal:
            self._pictures.refuse(picture.picture_id, str(refusal))
        else:
            self._bucket.put(picture.picture_id, looked.derived)
            self._pictures.make_ready(picture.picture_id, looked.width, looked.height)

    def _tidy(self, picture_id: str, picture: Picture | None) -> None:
        """Remove what is not needed any more. A later upload with the same form changes nothing."""
        if picture is None or picture.status is Status.REFUSED:
            self._bucket.remove(picture_id)
        elif picture.status is Status.READY:
            self._bucket.remove_upload(picture_id)
