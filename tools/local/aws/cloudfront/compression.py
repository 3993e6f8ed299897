"""Which answers a distribution compresses. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html

CloudFront prefers Brotli where the viewer takes both. Python has Gzip only, and browsers take no Brotli over HTTP.
"""

import gzip
from collections.abc import Mapping
from typing import Any

SMALLEST, LARGEST = 1_000, 10_000_000
STATUSES = frozenset((200, 403, 404))
# Of the page's list, those that web pages use.
TYPES = frozenset(
    (
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/pdf",
        "application/rss+xml",
        "application/vnd.ms-fontobject",
        "application/wasm",
        "application/x-javascript",
        "application/xhtml+xml",
        "application/xml",
        "font/eot",
        "font/opentype",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/js",
        "text/plain",
        "text/richtext",
        "text/tab-separated-values",
        "text/xml",
    )
)


def is_compressed(status: int, headers: Mapping[str, Any], size: int, accepted: str) -> bool:
    """Whether an answer with these headers (names in lower case) goes out compressed to a viewer that accepts these
    encodings."""
    kind = str(headers.get("content-type", "")).split(";")[0].strip().lower()
    return (
        status in STATUSES
        and SMALLEST <= size <= LARGEST
        and "content-encoding" not in headers
        and kind in TYPES
        and accepts_gzip(accepted)
    )


def accepts_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def compressed(headers: Mapping[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """The headers and the content that go out. A strong ETag becomes weak: it names other bytes."""
    changed = {**headers, "content-encoding": "gzip"}
    vary = [each.strip() for each in str(headers.get("vary", "")).split(",") if each.strip()]
    if "accept-encoding" not in (each.lower() for each in vary):
        vary.append("Accept-Encoding")
    changed["vary"] = ", ".join(vary)
    changed.pop("content-length", None)
    changed.pop("accept-ranges", None)
    etag = str(headers.get("etag", ""))
    if etag.startswith('"'):
        changed["etag"] = f"W/{etag}"
    return changed, gzip.compress(content, 6, mtime=0)
