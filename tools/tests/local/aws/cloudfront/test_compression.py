"""Which answers are compressed, and what their headers become."""

import gzip

import pytest

from tools.local.aws.cloudfront.compression import accepts_gzip, compressed, is_compressed

SCRIPT = {"content-type": "text/javascript; charset=utf-8"}


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("", False),
        ("br", False),
        ("x-gzip", False),
    ],
)
def test_who_accepts_gzip(accepted: str, expected: bool) -> None:
    assert accepts_gzip(accepted) is expected


@pytest.mark.parametrize(
    ("status", "headers", "size", "expected"),
    [
        (200, SCRIPT, 1_000, True),
        (403, SCRIPT, 1_000, True),
        (404, SCRIPT, 10_000_000, True),
        (206, SCRIPT, 1_000, False),
        (500, SCRIPT, 1_000, False),
        (200, SCRIPT, 999, False),
        (200, SCRIPT, 10_000_001, False),
        (200, {**SCRIPT, "content-encoding": "br"}, 1_000, False),
        (200, {"content-type": "image/webp"}, 1_000, False),
        (200, {}, 1_000, False),
    ],
)
def test_what_is_compressed(status: int, headers: dict[str, str], size: int, expected: bool) -> None:
    assert is_compressed(status, headers, size, "gzip") is expected


def test_the_headers_name_the_other_bytes() -> None:
    given = {**SCRIPT, "etag": '"abc"', "content-length": "4", "accept-ranges": "bytes", "vary": "Origin"}
    headers, content = compressed(given, b"text")
    assert gzip.decompress(content) == b"text"
    assert headers == {**SCRIPT, "etag": 'W/"abc"', "vary": "Origin, Accept-Encoding", "content-encoding": "gzip"}


def test_a_weak_etag_and_a_known_vary_stay() -> None:
    headers, _ = compressed({"etag": 'W/"abc"', "vary": "accept-encoding"}, b"")
    assert (headers["etag"], headers["vary"]) == ('W/"abc"', "accept-encoding")
