"""The upload: what is written, in which order, what is removed and when, and what a failure leaves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.deploy.pages.files import FOR_A_YEAR, File
from tools.deploy.pages.upload import KEPT, RECORD, SITE, SiteBucket

NAME = "site"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SAME = [File("icon.svg", b"i"), File("config.json", b"{}")]
FIRST = [File("assets/a-1.js", b"1"), *SAME, File("index.html", b"page 1")]
SECOND = [File("assets/a-2.js", b"2"), *SAME, File("index.html", b"page 2")]


class Recording:
    """A client of S3 that notes its writes, and fails at the one of the key `fails_at`."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.writes: list[str] = []
        self.fails_at = ""

    def put_object(self, **given: Any) -> Any:
        if given["Key"] == self.fails_at:
            raise ConnectionError("lost")
        self.writes.append(given["Key"])
        return self._s3.put_object(**given)

    def delete_objects(self, **given: Any) -> Any:
        self.writes += [f"delete {each['Key']}" for each in given["Delete"]["Objects"]]
        return self._s3.delete_objects(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


@pytest.fixture
def s3(fake_aws: None) -> Iterator[Recording]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=NAME)
        yield Recording(client)


@pytest.fixture
def bucket(s3: Recording) -> SiteBucket:
    return SiteBucket(s3, NAME)


@pytest.fixture
def present(s3: Recording) -> Callable[[], set[str]]:
    return lambda: {each["Key"] for each in s3.list_objects_v2(Bucket=NAME).get("Contents", ())}


def test_the_first_upload_writes_all_in_the_given_order(s3: Recording, bucket: SiteBucket) -> None:
    done = bucket.upload(FIRST, NOW)
    assert s3.writes == [*(f"{SITE}{file.name}" for file in FIRST), RECORD]
    assert done.stale == ["/icon.svg", "/config.json", "/index.html"]
    head = s3.head_object(Bucket=NAME, Key=f"{SITE}assets/a-1.js")
    assert (head["ContentType"], head["CacheControl"]) == ("text/javascript; charset=utf-8", FOR_A_YEAR)


def test_an_unchanged_build_writes_nothing(s3: Recording, bucket: SiteBucket) -> None:
    bucket.upload(FIRST, NOW)
    s3.writes.clear()
    done = bucket.upload(FIRST, NOW + timedelta(days=30))
    assert (s3.writes, done.stale, str(done)) == ([], [], "no file changed")


def test_a_new_build_writes_what_changed_and_keeps_what_open_pages_load(
    s3: Recording, bucket: SiteBucket, present: Callable[[], set[str]]
) -> None:
    bucket.upload(FIRST, NOW)
    s3.writes.clear()
    done = bucket.upload(SECOND, NOW)
    assert s3.writes == [f"{SITE}assets/a-2.js", f"{SITE}index.html", RECORD]
    assert done.stale == ["/index.html"]
    assert f"{SITE}assets/a-1.js" in present()


def test_what_no_build_has_goes_when_its_time_is_over_and_after_the_page(
    s3: Recording, bucket: SiteBucket, present: Callable[[], set[str]]
) -> None:
    bucket.upload(FIRST, NOW)
    bucket.upload(SECOND, NOW)
    bucket.upload(SECOND, NOW + KEPT - timedelta(seconds=1))
    assert f"{SITE}assets/a-1.js" in present()
    s3.writes.clear()
    third = [*SECOND[:-1], File("index.html", b"page 3")]
    done = bucket.upload(third, NOW + KEPT)
    assert s3.writes == [f"{SITE}index.html", RECORD, f"delete {SITE}assets/a-1.js"]
    assert done.removed == ("assets/a-1.js",)
    assert str(done) == "1 file uploaded, 1 removed"


def test_a_file_that_comes_back_stays(bucket: SiteBucket, present: Callable[[], set[str]]) -> None:
    bucket.upload(FIRST, NOW)
    bucket.upload(SECOND, NOW)
    bucket.upload(FIRST, NOW + KEPT / 2)
    bucket.upload(SECOND, NOW + KEPT)
    assert f"{SITE}assets/a-1.js" in present()


@pytest.mark.parametrize("file", [f"{SITE}assets/a-2.js", f"{SITE}index.html", RECORD])
def test_what_an_upload_leaves_the_next_one_does(
    s3: Recording, bucket: SiteBucket, present: Callable[[], set[str]], file: str
) -> None:
    bucket.upload(FIRST, NOW)
    s3.fails_at = file
    with pytest.raises(ConnectionError):
        bucket.upload(SECOND, NOW)
    if file != RECORD:
        assert s3.get_object(Bucket=NAME, Key=f"{SITE}index.html")["Body"].read() == b"page 1"
    s3.fails_at = ""
    assert bucket.upload(SECOND, NOW).stale == ["/index.html"]
    assert bucket.upload(SECOND, NOW).written == ()
    assert f"{SITE}assets/a-2.js" in present()


def test_a_file_that_is_missing_is_written_again(s3: Recording, bucket: SiteBucket) -> None:
    bucket.upload(FIRST, NOW)
    s3.delete_object(Bucket=NAME, Key=f"{SITE}icon.svg")
    assert bucket.upload(FIRST, NOW).written == ("icon.svg",)


def test_an_emptied_bucket_has_neither_files_nor_record(bucket: SiteBucket, present: Callable[[], set[str]]) -> None:
    bucket.upload(FIRST, NOW)
    assert bucket.empty() == len(FIRST) + 1
    assert present() == set()
    assert bucket.empty() == 0
