"""What the pages and JSON APIs under `/_local` have in common: who may read them, and their answers.

Every local process may read them. A page of another site may not, even when its host name resolves to this machine: the
request must name this machine, its origin and site (where the browser names them) must be this page's, and a change
must be JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tools.local.asgi import Receive, Scope, Send

LARGEST_BODY = 10_000
_DIGITS = 18
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_READING = ("GET", "HEAD")
# Fetch Metadata Request Headers (W3C): a browser names the site that makes a request; `none` is its user.
_OWN_SITE = ("none", "same-origin")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    kind: str = "application/json"
    policy: str = "default-src 'none'"
    headers: Mapping[str, str] = field(default_factory=lambda: {"cache-control": "no-store"})


def as_json(status: int, body: Any) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False, default=str).encode())


def refusal(status: int, message: str) -> Answer:
    return as_json(status, {"message": message})


def headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def query_of(scope: Scope) -> dict[str, str]:
    """The query's parameters; of a repeated one the last."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return {name: values[-1] for name, values in query.items()}


def number_of(text: str) -> int | None:
    """The number that a text consists of, in ASCII digits; None for another text. Python reads no number of thousands
    of digits, and none of these pages needs one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:  # such as an unclosed bracket
        return False


def refused(scope: Scope) -> Answer | None:
    """The refusal of a request that could come from a page of another site, or None."""
    headers = headers_of(scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_loopback(host):
        return refusal(403, "requests must name this machine as 127.0.0.1 or localhost")
    if origin is not None and origin.partition("://")[2] != host:
        return refusal(403, "pages of other sites may not read this")
    # A link may lead here; what a page of another site embeds may not: some requests take dead letters for a moment.
    embedded = headers.get("sec-fetch-dest", "document") != "document"
    if headers.get("sec-fetch-site", "none") not in _OWN_SITE and embedded:
        return refusal(403, "pages of other sites may not read this")
    if scope["method"] not in _READING:
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json":
            return refusal(415, "send the change as application/json")
    return None


async def body_of(receive: Receive, most: int = LARGEST_BODY) -> bytes:
    """The body, or enough of it to see that it is longer than `most`."""
    content = b""
    while True:
        message = await receive()
        content += bytes(message.get("body", b""))
        if not message.get("more_body") or len(content) > most:
            return content


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    headers = {
        "content-type": f"{answer.kind}; charset=utf-8",
        "content-length": str(len(answer.body)),
        "content-security-policy": answer.policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        **answer.headers,
    }
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": sent})
    await send({"type": "http.response.body", "body": answer.body if scope["method"] != "HEAD" else b""})
