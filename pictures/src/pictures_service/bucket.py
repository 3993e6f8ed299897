"""The bucket: forms for uploads, originals, and what the CDN serves of them.

Guarantee: of several uploads with one form the first one that is taken becomes the original, and stays it.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pictures_service.domain import (
    Derived,
    Picture,
    derived_key,
    derived_names,
    original_key,
    upload_key,
)
from pictures_service.errors import BusyBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The name of a derived picture is never used for another content.
A_YEAR = "public, max-age=31536000, immutable"


class Bucket:
    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def form(self, picture: Picture, lives: timedelta) -> tuple[str, dict[str, str]]:
        """The URL and the fields of a form that stores exactly this file: one key, one type, one length."""
        kind = {"Content-Type": picture.content_type}
        made = self._client.generate_presigned_post(
            self._name,
            upload_key(picture.picture_id),
            Fields=dict(kind),
            Conditions=[kind, ["content-length-range", picture.size, picture.size]],
            ExpiresIn=int(lives.total_seconds()),
        )
        return made["url"], made["fields"]

    def original(self, picture_id: str) -> bytes | None:
        """The original; the upload becomes it on the first call. None when there is neither. Raises BusyBucket."""
        from botocore.exceptions import ClientError

        uploaded = self._read(upload_key(picture_id))
        if uploaded is None:
            return self._read(original_key(picture_id))
        try:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
            self._client.put_object(Bucket=self._name, Key=original_key(picture_id), Body=uploaded, IfNoneMatch="*")
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "PreconditionFailed":
                    return self._read(original_key(picture_id))
                case "ConditionalRequestConflict":
                    raise BusyBucket from error
            raise
        return uploaded

    def put(self, picture_id: str, derived: Iterable[Derived]) -> None:
        for each in derived:
            self._client.put_object(
                Bucket=self._name,
                Key=derived_key(picture_id, each.name),
                Body=each.content,
                ContentType=each.content_type,
                CacheControl=A_YEAR,
            )

    def remove_upload(self, picture_id: str) -> None:
        self._delete([upload_key(picture_id)])

    def remove(self, picture_id: str) -> None:
        """Remove all that there is of a picture. Repeating it is harmless."""
        derived = [derived_key(picture_id, name) for name in derived_names()]
        self._delete([upload_key(picture_id), original_key(picture_id), *derived])

    def _read(self, key: str) -> bytes | None:
        try:
            answer: Any = self._client.get_object(Bucket=self._name, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None
        content: bytes = answer["Body"].read()
        return content

    def _delete(self, keys: list[str]) -> None:
        """One request for each: DeleteObjects answers 200 with errors inside."""
        for key in keys:
            self._client.delete_object(Bucket=self._name, Key=key)
