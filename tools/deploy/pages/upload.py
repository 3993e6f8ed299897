"""The upload of pages to their bucket.

Only what changed is written. Browsers that have loaded an older page still ask for its assets, so files that the new
build does not have stay for `KEPT`, counted from the upload that replaced them; a later upload removes them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tools.deploy.pages.files import ASSETS, File

SITE, RECORD = "site/", "deployment.json"
KEPT = timedelta(days=7)
MOST_AT_ONCE = 1000  # of DeleteObjects


@dataclass(frozen=True)
class Record:
    """What the last upload stored, and since when no build has had a file that is still there."""

    files: dict[str, str] = field(default_factory=dict)
    unused: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> "Record":
        document = json.loads(text)
        return cls(
            {str(name): str(value) for name, value in document["files"].items()},
            {str(name): datetime.fromisoformat(value) for name, value in document["unused"].items()},
        )

    def to_json(self) -> str:
        unused = {name: since.isoformat() for name, since in sorted(self.unused.items())}
        return json.dumps({"files": dict(sorted(self.files.items())), "unused": unused}, indent=1)


@dataclass(frozen=True)
class Uploaded:
    """What an upload did. `stale` are the paths whose cached copies are not right any more."""

    written: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def stale(self) -> list[str]:
        """An asset is never written again with another content."""
        return [f"/{name}" for name in self.written if not name.startswith(ASSETS)]

    def __str__(self) -> str:
        count = len(self.written)
        uploaded = f"{count} file{'' if count == 1 else 's'} uploaded" if count else "no file changed"
        return f"{uploaded}, {len(self.removed)} removed" if self.removed else uploaded


class SiteBucket:
    """A bucket of S3 with a site and the record of its last upload."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3, self._name = s3, name

    def upload(self, files: Sequence[File], now: datetime) -> Uploaded:
        """Write what changed, in the given order, then remove what no build has had for `KEPT`.

        Repeated without a change it writes nothing. When it fails midway, the next upload does the rest.
        """
        present, record = self._present(), self._record()
        wanted = {file.name: file.fingerprint for file in files}
        stored = {name: digest for name, digest in record.files.items() if name in present}
        written = [file for file in files if stored.get(file.name) != file.fingerprint]
        for file in written:
            self._put(file)
        unused = {name: record.unused.get(name, now) for name in present - wanted.keys()}
        expired = sorted(name for name, since in unused.items() if now - since >= KEPT)
        after = Record(wanted, {name: since for name, since in unused.items() if name not in expired})
        if after != record:
            self._s3.put_object(
                Bucket=self._name, Key=RECORD, Body=after.to_json().encode(), ContentType="application/json"
            )
        self._delete([f"{SITE}{name}" for name in expired])
        return Uploaded(tuple(file.name for file in written), tuple(expired))

    def empty(self) -> int:
        """Delete all objects and return their number."""
        keys = self._keys("")
        self._delete(keys)
        return len(keys)

    def _present(self) -> set[str]:
        return {key.removeprefix(SITE) for key in self._keys(SITE)}

    def _keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def _record(self) -> Record:
        try:
            answer = self._s3.get_object(Bucket=self._name, Key=RECORD)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return Record()
            raise
        return Record.from_json(answer["Body"].read().decode())

    def _put(self, file: File) -> None:
        self._s3.put_object(
            Bucket=self._name,
            Key=f"{SITE}{file.name}",
            Body=file.content,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )

    def _delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), MOST_AT_ONCE):
            batch = {"Objects": [{"Key": key} for key in keys[start : start + MOST_AT_ONCE]], "Quiet": True}
            answer = self._s3.delete_objects(Bucket=self._name, Delete=batch)
            for error in answer.get("Errors", ()):
                raise RuntimeError(f"S3 did not delete {error['Key']}: {error['Code']}")
