"""A distribution on its own port: what it serves of its bucket, its cache, and what stays the same after a restart."""

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.http import Answer, call
from tools.tests.local.stacks import Stack, deployed, eventually, template


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "served", template("uploads")) as made:
        yield made
        empty(cloud, made)


def empty(cloud: Cloud, stack: Stack) -> None:
    bucket, s3 = stack.outputs()["Bucket"], cloud.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=each["Key"])


def put(cloud: Cloud, stack: Stack, key: str, body: bytes = b"picture", control: str = "max-age=600") -> str:
    """The URL of a new object."""
    outputs = stack.outputs()
    cloud.client("s3").put_object(
        Bucket=outputs["Bucket"], Key=key, Body=body, CacheControl=control, ContentType="text/plain"
    )
    return f"{outputs['Url']}/{key}"


def invalidate(cloud: Cloud, stack: Stack, *paths: str, reference: str = "1") -> str:
    batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
    made = cloud.client("cloudfront").create_invalidation(
        DistributionId=stack.outputs()["Distribution"], InvalidationBatch=batch
    )
    return str(made["Invalidation"]["Id"])


def test_it_serves_what_the_policy_of_the_bucket_allows(cloud: Cloud, stack: Stack) -> None:
    """Without credentials, with the headers of its policy."""
    answer = call(put(cloud, stack, "out/a.txt"))
    assert (answer.status, answer.body, answer.headers["x-content-type-options"]) == (200, b"picture", "nosniff")
    assert call(put(cloud, stack, "in/a.txt")).status == 403


def test_its_port_is_its_own(cloud: Cloud, stack: Stack) -> None:
    url = stack.outputs()["Url"]
    assert urlsplit(url).hostname == "127.0.0.1"
    assert urlsplit(url).port != urlsplit(cloud.endpoint).port
    assert call(f"{url}/_local/health").status == 403
    assert call(f"{url}/?Action=ListUsers").status == 403


@pytest.mark.parametrize("key", ["out/missing.txt", "out/../in/a.txt", "out/%2e%2e/in/a.txt", "in%2fa.txt"])
def test_everything_else_is_refused(cloud: Cloud, stack: Stack, key: str) -> None:
    """Without the right to list, S3 answers 403 for what does not exist."""
    put(cloud, stack, "in/a.txt")
    assert call(f"{stack.outputs()['Url']}/{key}").status == 403


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS"])
def test_only_reading_is_allowed(cloud: Cloud, stack: Stack, method: str) -> None:
    assert call(put(cloud, stack, "out/a.txt"), method, b"x").status == 403


def test_head(cloud: Cloud, stack: Stack) -> None:
    answer = call(put(cloud, stack, "out/h.txt"), "HEAD")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "7", b"")


def test_a_function_rewrites_addresses(cloud: Cloud, stack: Stack) -> None:
    put(cloud, stack, "out/page.html", b"the page")
    url = stack.outputs()["Url"]
    assert call(f"{url}/orders/7").body == b"the page"
    assert call(f"{url}/").body == b"the page"


def test_an_object_stays_in_the_cache_until_it_is_invalidated(cloud: Cloud, stack: Stack) -> None:
    url = put(cloud, stack, "out/kept/a.txt")
    assert seen(call(url)) == (200, "Miss from cloudfront")
    cloud.client("s3").delete_object(Bucket=stack.outputs()["Bucket"], Key="out/kept/a.txt")
    assert seen(call(url)) == (200, "Hit from cloudfront")
    first = invalidate(cloud, stack, "/out/kept/*")
    assert call(url).status == 403
    assert invalidate(cloud, stack, "/out/kept/*") == first  # the same reference: the same invalidation


def test_what_may_not_be_kept_is_read_again(cloud: Cloud, stack: Stack) -> None:
    """The managed policy keeps everything for a second at least."""
    url = put(cloud, stack, "out/b.txt", b"1", "no-store")
    assert call(url).body == b"1"
    put(cloud, stack, "out/b.txt", b"2", "no-store")
    eventually(lambda: call(url).body == b"2" or None, "the new object")


def seen(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.headers["x-cache"]


def test_another_principal_in_the_policy_opens_nothing(cloud: Cloud) -> None:
    with deployed(cloud, "closed", template("uploads"), Reader="s3.amazonaws.com") as stack:
        assert call(put(cloud, stack, "out/a.txt")).status == 403
        empty(cloud, stack)


def test_a_deleted_distribution_leaves_its_port(cloud: Cloud) -> None:
    with deployed(cloud, "gone", template("uploads")) as stack:
        url = put(cloud, stack, "out/a.txt")
        assert call(url).status == 200
        empty(cloud, stack)
    eventually(lambda: is_closed(url) or None, "the port is closed")


def is_closed(url: str) -> bool:
    try:
        call(url)
    except ConnectionError:
        return True
    return False


def test_a_kill_loses_no_notification_and_keeps_the_port(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud, deployed(cloud, "killed", template("uploads")) as stack:
        url = put(cloud, stack, "out/a.txt")
        assert call(url).status == 200
        lifecycle.stop(cloud.home)  # saves all
        lifecycle.start(cloud.home)
        put(cloud, stack, "in/a.txt")
        kill(cloud)
        lifecycle.start(cloud.home)
        assert call(url).status == 200
        sqs, queue = cloud.client("sqs"), stack.outputs()["Queue"]
        eventually(lambda: '"in/a.txt"' in bodies(sqs.receive_message(QueueUrl=queue)) or None, "the notification")
        empty(cloud, stack)


def kill(cloud: Cloud) -> None:
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)


def bodies(received: Mapping[str, Any]) -> str:
    return "".join(each["Body"] for each in received.get("Messages", []))
