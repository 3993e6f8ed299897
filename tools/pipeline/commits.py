"""The stored commits of services: one object of the pipelines' bucket for each service, a version for each commit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipeline_service.commits import Revision


@dataclass(frozen=True)
class Version:
    """A stored commit of a service."""

    id: str
    revision: Revision
    subject: str
    when: Any


class Commits:
    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def latest(self, service: str) -> Revision | None:
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=key(service))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            return None
        return _revision(answer["Metadata"])

    def store(self, service: str, revision: Revision, subject: str, archive: Path) -> str:
        """Store a zip. Returns the id of the version."""
        summary = " ".join(f"{revision.number} {revision.commit} {subject}".split())
        metadata = {
            "commit": revision.commit,
            "number": str(revision.number),
            # The summary of the source revision, which CodePipeline shows and the gate reads. S3 wants ASCII.
            "codepipeline-artifact-revision-summary": summary.encode("ascii", "replace").decode()[:500],
        }
        with archive.open("rb") as body:
            answer = self._s3.put_object(Bucket=self._bucket, Key=key(service), Body=body, Metadata=metadata)
        return str(answer["VersionId"])

    def versions(self, service: str) -> list[Version]:
        """All stored commits of a service, the newest first."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key(service))
        found = [each for page in pages for each in page.get("Versions", ()) if each["Key"] == key(service)]
        return [self._version(service, each) for each in found]  # S3 lists the newest first

    def _version(self, service: str, each: dict[str, Any]) -> Version:
        answer = self._s3.head_object(Bucket=self._bucket, Key=key(service), VersionId=each["VersionId"])
        summary = answer["Metadata"]["codepipeline-artifact-revision-summary"]
        return Version(each["VersionId"], _revision(answer["Metadata"]), summary.split(" ", 2)[2], each["LastModified"])


def key(service: str) -> str:
    return f"commits/{service}.zip"


def _revision(metadata: dict[str, str]) -> Revision:
    return Revision(int(metadata["number"]), metadata["commit"])
