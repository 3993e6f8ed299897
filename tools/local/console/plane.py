"""`/_local/console`: the built pages, the build's progress, and the API of events. README.md describes the API.

The pages of a project (its orders, its dead letters) use the APIs of its extension's planes, under `API` too.
"""

import asyncio
import mimetypes
import secrets
from collections.abc import Mapping, Sequence
from html import escape

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.eventbridge.recorder import Recorder
from tools.local.console.stream import EventStream
from tools.local.own_pages import Answer, as_json, number_of, query_of, refusal, refused, send_answer
from tools.local.web.build import Build, Progress

PATH = "/_local/console"
SHORT = ("/_local", "/_local/")
API = f"{PATH}/api"
EVENTS = f"{API}/events"
STREAM = f"{EVENTS}/stream"
SHOWN, MOST = 100, 999_999
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_KEPT = {"cache-control": "max-age=31536000, immutable"}  # the names of Vite's files contain their hash


class ConsolePlane:
    """`pages` are the names of those pages whose API the project's extension serves, `links` its addresses outside the
    console, by their words."""

    def __init__(
        self, recorder: Recorder, build: Build, pages: Sequence[str] = (), links: Mapping[str, str] | None = None
    ) -> None:
        self._recorder, self._build, self._pages = recorder, build, tuple(pages)
        self._links = [{"text": text, "address": address} for text, address in (links or {}).items()]
        self._stream = EventStream(recorder, secrets.token_hex(8))

    def matches(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["type"] == "http" and (path in (PATH, *SHORT) or path.startswith(f"{PATH}/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = refused(scope)
        if answer is None and scope["path"] == STREAM and scope["method"] == "GET":
            await self._stream(scope, receive, send)
            return
        if answer is None:
            answer = await asyncio.to_thread(self._answer, scope)
        await send_answer(scope, send, answer)

    async def stop(self) -> None:
        self._build.stop()
        await self._stream.stop()

    def _answer(self, scope: Scope) -> Answer:
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return refusal(405, "only GET")
        if path in SHORT:
            return Answer(303, b"", "text/plain", headers={"location": PATH})
        if path == f"{API}/about":
            return as_json(200, {"pages": [*self._pages, "events", "mail"], "links": self._links})
        if path == EVENTS:
            return self._events(query_of(scope))
        if path == API or path.startswith(f"{API}/"):
            return refusal(404, f"no such API; tools/local/console/README.md lists what {API} serves")
        return self._page(path)

    def _events(self, query: dict[str, str]) -> Answer:
        limit = number_of(query.get("limit", str(SHOWN)))
        if limit is None or not 0 < limit <= MOST:
            return refusal(400, f"limit must be an integer from 1 to {MOST}")
        found = self._recorder.about(query.get("about", ""), limit)
        return as_json(200, {"events": [each.document() for each in found]})

    def _page(self, path: str) -> Answer:
        bundle = self._build.bundle()
        if bundle is None:
            return self._waiting()
        name = path.removeprefix(PATH).strip("/")
        if name.startswith("assets/"):
            file = next((each for each in bundle.glob("assets/*") if f"assets/{each.name}" == name), None)
            if file is None or not file.is_file():
                return refusal(404, "no such file")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return Answer(200, file.read_bytes(), kind, headers=_KEPT)
        return Answer(200, (bundle / "index.html").read_bytes(), "text/html", POLICY)

    def _waiting(self) -> Answer:
        progress = self._build.progress
        if not progress.running and not progress.problem:
            self._build.start()
            progress = self._build.progress
        # A failed build starts again when the page is loaded again; the problem was shown then.
        text = waiting(progress)
        if progress.problem:
            self._build.progress = Progress()
        return Answer(503 if progress.problem else 200, text.encode(), "text/html")


def waiting(progress: Progress) -> str:
    """The page that is shown until the build is done. It needs no script: the browser loads it again. The refresh names
    the address, since to an address with a fragment a browser would only scroll."""
    steps = "".join(f"<li>{escape(step)}</li>" for step in progress.steps)
    again = "" if progress.problem else f'<meta http-equiv="refresh" content="1; url={PATH}">'
    note = (
        f"<h2>The build failed</h2><pre>{escape(progress.problem)}</pre><p>Load this page again to try once more. "
        'Meanwhile everything else works: <a href="/_local/mail">the mailbox</a>, and all commands.</p>'
        if progress.problem
        else '<p role="status">This takes some seconds, once per version of the console.</p>'
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{again}<title>Console: being built</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>'
        f"<body><h1>The console is being built</h1><ol>{steps}</ol>{note}</body></html>\n"
    )
