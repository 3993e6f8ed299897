"""Pages behind a distribution: its function, its response headers policy, compression, errors."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tools.local.aws.cloudfront import engine_edge_functions
from tools.local.client import Cloud
from tools.local.web import node
from tools.tests.local.http import call
from tools.tests.local.stacks import Stack, deployed, template

PAGE = b"<!doctype html>" + b"<p>the page</p>" * 100
SCRIPT = b"export const value = 1;\n" * 100
GZIP = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "paged", template("pages")) as made:
        for key, body, kind in (
            ("site/index.html", PAGE, "text/html; charset=utf-8"),
            ("site/a.js", SCRIPT, "text/javascript; charset=utf-8"),
            ("site/as-it-is/a.js", SCRIPT, "text/javascript"),
            ("site/never-kept/a.js", SCRIPT, "text/javascript"),
            ("site/small.js", SCRIPT[:999], "text/javascript"),
            ("site/picture.png", SCRIPT, "image/png"),
            ("deployment.json", b"{}", "application/json"),
        ):
            cloud.client("s3").put_object(
                Bucket=made.outputs()["Bucket"], Key=key, Body=body, ContentType=kind, Metadata={"note": "n"}
            )
        yield made
        s3, bucket = cloud.client("s3"), made.outputs()["Bucket"]
        for each in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            s3.delete_object(Bucket=bucket, Key=each["Key"])


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    return stack.outputs()["Url"]


@pytest.mark.parametrize("path", ["/", "/orders/7", "/staff/", "/index.html", "/adds/x-own", "/a?x=y.z"])
def test_the_function_answers_addresses_with_the_page(url: str, path: str) -> None:
    answer = call(url + path)
    assert (answer.status, answer.body) == (200, PAGE)


@pytest.mark.parametrize("path", ["/none.js", "/deployment.json", "/../deployment.json", "/site/index.html"])
def test_what_is_not_in_the_folder_is_refused(url: str, path: str) -> None:
    answer = call(url + path)
    assert (answer.status, answer.headers["x-cache"]) == (403, "Error from cloudfront")


@pytest.mark.parametrize("path", ["/throws", "/uses/fetch", "/uses/a-timer", "/uses/a-file"])
def test_a_function_that_fails_is_503(url: str, path: str) -> None:
    assert call(url + path).status == 503


@pytest.mark.parametrize("path", ["/returns/nothing", "/returns/a-relative-uri", "/returns/no-status", "/adds/x-cache"])
def test_a_function_that_returns_what_is_not_valid_is_502(url: str, path: str) -> None:
    assert call(url + path).status == 502


def test_a_function_can_answer(url: str) -> None:
    answer = call(f"{url}/moved")
    assert (answer.status, answer.headers["location"]) == (301, "/new")


@pytest.mark.parametrize("path", ["/", "/none.js"])
def test_the_headers_of_the_policy_are_on_pages_and_on_errors_of_the_origin(url: str, path: str) -> None:
    headers = call(url + path).headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert (headers["referrer-policy"], headers["x-added"]) == ("same-origin", "1")
    assert "x-amz-meta-note" not in headers


def test_what_viewers_can_unpack_is_compressed(url: str) -> None:
    plain = call(f"{url}/a.js")
    answer = call(f"{url}/a.js", headers=GZIP)
    assert gzip.decompress(answer.body) == plain.body == SCRIPT
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["etag"] == f"W/{plain.headers['etag']}"
    assert "content-encoding" not in plain.headers
    assert int(answer.headers["content-length"]) == len(answer.body) < len(plain.body)


@pytest.mark.parametrize("path", ["/small.js", "/picture.png", "/as-it-is/a.js", "/never-kept/a.js", "/none.js"])
def test_the_rest_is_not_compressed(url: str, path: str) -> None:
    assert "content-encoding" not in call(url + path, headers=GZIP).headers


def test_where_node_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The wheel first, then what a build has downloaded, then the machine's."""
    monkeypatch.setattr("tools.local.web.node.installed", lambda: None)
    monkeypatch.setattr(engine_edge_functions, "_places", [tmp_path])
    monkeypatch.setenv("PATH", "")
    assert engine_edge_functions.find_node() is None
    fetched = node.downloaded(tmp_path)
    fetched.parent.mkdir(parents=True)
    fetched.touch()
    assert engine_edge_functions.find_node() == str(fetched)
    monkeypatch.undo()
    assert engine_edge_functions.find_node() == str(node.installed())


def test_code_of_more_than_10_kb_is_refused(cloud: Cloud) -> None:
    code = b"function handler(event) { return event.request; }".ljust(engine_edge_functions.MOST_BYTES + 1)
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    with pytest.raises(ClientError, match="FunctionSizeLimitExceeded"):
        cloud.client("cloudfront").create_function(Name="large", FunctionConfig=config, FunctionCode=code)
    body = template("pages").replace("FunctionCode: |\n", "FunctionCode: |\n        // " + "x" * len(code) + "\n")
    stack = Stack(cloud, "large")
    try:
        assert stack.deploy(body).startswith("ROLLBACK")
    finally:
        stack.delete()
