"""Several pipelines need the tests of the whole platform at the same time."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tools.pipeline import end_to_end
from tools.pipeline.end_to_end import STALE_SECONDS, EndToEndRuns
from tools.tests.local.stacks import eventually

BUCKET = "artifacts"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def s3(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def runs(s3: Any, clock: Clock, while_waiting: Callable[[], None] | None = None) -> EndToEndRuns:
    """`while_waiting` happens when the pipeline waits; without it, waiting is an error."""

    def wait(seconds: float) -> None:
        assert while_waiting is not None, "it waits"
        clock.now += seconds
        while_waiting()

    return EndToEndRuns(s3, BUCKET, "staging", clock, wait)


def objects(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.mark.parametrize("code", [0, 1])
def test_alone_it_runs_the_tests_and_leaves_no_lock(s3: Any, code: int) -> None:
    assert runs(s3, Clock()).once("orders", lambda: code, print) == code
    assert "end-to-end/staging/running" not in objects(s3)
    assert ("end-to-end/staging/passed" in objects(s3)) == (code == 0)


def test_a_run_that_began_later_covers_a_deployment(s3: Any) -> None:
    """warehouse deploys while orders' tests run; then payment's run begins, which covers warehouse."""
    clock, said = Clock(), list[str]()
    first = runs(s3, clock)
    assert first._lock("orders", IfNoneMatch="*")

    def others() -> None:
        first._delete("running")  # orders' tests end
        clock.now += 60
        assert runs(s3, clock).once("payment", lambda: 0, print) == 0

    ran: list[str] = []
    waits = runs(s3, clock, others)
    assert waits.once("warehouse", lambda: ran.append("warehouse") or 0, said.append) == 0  # type: ignore[func-returns-value]
    assert ran == []
    assert said == [
        "waits for the tests that orders runs in staging",
        "covered by the tests that payment ran after this deployment",
    ]


def test_an_earlier_run_covers_nothing(s3: Any) -> None:
    """Its tests may have passed before the deployment."""
    clock = Clock()
    assert runs(s3, clock).once("orders", lambda: 0, print) == 0
    clock.now += 1
    assert runs(s3, clock).once("warehouse", lambda: 7, print) == 7


def test_a_failed_run_covers_nothing(s3: Any) -> None:
    clock = Clock()
    first = runs(s3, clock)
    assert first._lock("orders", IfNoneMatch="*")

    def others() -> None:
        first._delete("running")
        clock.now += 60
        assert runs(s3, clock).once("payment", lambda: 1, print) == 1

    assert runs(s3, clock, others).once("warehouse", lambda: 3, print) == 3


def test_the_lock_of_a_build_that_died_is_removed(s3: Any) -> None:
    clock, said = Clock(), list[str]()
    assert runs(s3, clock)._lock("orders", IfNoneMatch="*")
    clock.now += STALE_SECONDS + 1
    assert runs(s3, clock).once("warehouse", lambda: 0, said.append) == 0
    assert said == ["the tests of orders ended without a result"]


def test_a_long_run_keeps_its_lock(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_to_end, "RENEW_SECONDS", 0.01)
    clock = Clock()
    run = runs(s3, clock)

    def tests() -> int:
        clock.now += STALE_SECONDS + 1
        eventually(lambda: (run._read("running") or {})["renewed"] == clock.now, "the lock is renewed")
        return 0

    assert run.once("orders", tests, print) == 0
    assert "end-to-end/staging/running" not in objects(s3)


def test_a_run_that_lost_its_lock_leaves_that_of_the_next(s3: Any) -> None:
    """It was paused for longer than its lock is good for."""
    clock = Clock()
    slow, next_one = runs(s3, clock), runs(s3, clock)

    def tests() -> int:
        lock = next_one._read("running")
        assert lock
        assert next_one._lock("payment", IfMatch=lock["etag"])
        return 0

    assert slow.once("orders", tests, print) == 0
    lock = next_one._read("running")
    assert lock
    assert lock["service"] == "payment"


def test_a_renewal_that_fails_is_told_and_tried_again(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_to_end, "RENEW_SECONDS", 0.01)
    clock, said = Clock(), list[str]()
    run = runs(s3, clock)
    get = s3.get_object

    def refuses(**request: Any) -> Any:
        s3.get_object = get
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "GetObject")

    def tests() -> int:
        s3.get_object = refuses
        clock.now += 60
        eventually(lambda: bool(said) and (run._read("running") or {})["renewed"] == clock.now, "the lock is renewed")
        return 0

    assert run.once("orders", tests, said.append) == 0
    (told,) = said
    assert told.startswith("the lock of the tests was not renewed: ")


def test_a_lock_whose_answer_was_lost_is_its_own(s3: Any) -> None:
    """The SDK repeats the request, and S3 refuses the repetition."""
    run = runs(s3, Clock())
    put = s3.put_object

    def lost(**request: Any) -> Any:
        put(**request)
        s3.put_object = put
        return put(**request)

    s3.put_object = lost
    assert run.once("orders", lambda: 0, print) == 0
    assert "end-to-end/staging/running" not in objects(s3)


def test_of_two_that_find_a_stale_lock_one_replaces_it(s3: Any) -> None:
    clock = Clock()
    assert runs(s3, clock)._lock("orders", IfNoneMatch="*")
    clock.now += STALE_SECONDS + 1
    first, second = runs(s3, clock), runs(s3, clock)
    (seen, seen_too) = (each._read("running") for each in (first, second))
    assert seen
    assert seen_too
    assert [first._lock("payment", IfMatch=seen["etag"]), second._lock("users", IfMatch=seen_too["etag"])] == [
        True,
        False,
    ]
    first._delete("running")
    assert not second._lock("users", IfMatch=seen_too["etag"])


def test_a_run_that_raises_leaves_no_lock(s3: Any) -> None:
    def raises() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs(s3, Clock()).once("orders", raises, print)
    assert objects(s3) == []


def test_a_refused_request_is_an_error(s3: Any) -> None:
    s3.delete_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        runs(s3, Clock()).once("orders", lambda: 0, print)
