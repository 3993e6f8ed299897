"""The stored commits of services, on moto's S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pipeline_service.commits import Revision, revision_of
from tools.pipeline.commits import Commits

FIRST, SECOND = Revision(1, "a" * 40), Revision(2, "b" * 40)


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "orders.zip"
    path.write_bytes(b"zip")
    return path


def test_nothing_is_stored_at_first(s3: Any) -> None:
    assert Commits(s3, "bucket").latest("orders") is None
    assert Commits(s3, "bucket").versions("orders") == []


def test_the_latest_commit_and_all_versions(s3: Any, archive: Path) -> None:
    commits = Commits(s3, "bucket")
    commits.store("orders", FIRST, "a fee", archive)
    second = commits.store("orders", SECOND, "no\nfee — again", archive)
    commits.store("orders-archive", FIRST, "another service", archive)
    assert commits.latest("orders") == SECOND
    assert [each.revision for each in commits.versions("orders")] == [SECOND, FIRST]
    assert commits.versions("orders")[0].id == second
    assert commits.versions("orders")[0].subject == "no fee ? again"


def test_the_gate_reads_the_revision_from_the_summary_that_is_stored(s3: Any, archive: Path) -> None:
    version = Commits(s3, "bucket").store("orders", FIRST, "a fee", archive)
    stored = s3.head_object(Bucket="bucket", Key="commits/orders.zip", VersionId=version)["Metadata"]
    assert revision_of(stored["codepipeline-artifact-revision-summary"]) == FIRST
