"""The catalogue of events at `/_local/events`: the schemas and templates of this checkout, read at each request.

`/_local/events` is the page, `/_local/events/asyncapi.yaml` the AsyncAPI document, `/_local/events/service_map.svg` the
map, and `/_local/events/{service}/events/...json` the schemas and examples themselves.
"""

import asyncio
from pathlib import Path

from tools import ROOT
from tools.events import asyncapi, events_page, markdown_to_html, service_map
from tools.events.catalogue import Event, read_common, read_events
from tools.local.asgi import Receive, Scope, Send
from tools.project.problems import Problem
from tools.project.services import discover

PATH = "/_local/events"
Answer = tuple[int, str, str]  # status, content type, text
_NAMED = {"events/asyncapi.yaml": f"{PATH}/asyncapi.yaml", "events/service_map.svg": f"{PATH}/service_map.svg"}


class EventsPage:
    """Reads the checkout again for each request, so a new event appears at once."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root

    def matches(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["type"] == "http" and (path == PATH or path.startswith(f"{PATH}/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is received
        if scope["method"] in ("GET", "HEAD"):
            # Reading takes a while, so it must not block the event loop.
            status, kind, text = await asyncio.to_thread(answer, self._root, scope["path"])
        else:
            status, kind, text = 405, "text/plain", "only GET\n"
        content = text.encode()
        headers = [
            (b"content-type", f"{kind}; charset=utf-8".encode()),
            (b"content-length", str(len(content)).encode()),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content if scope["method"] != "HEAD" else b""})


def answer(root: Path, path: str) -> Answer:
    """The answer for a path. A checkout that cannot be read is a 503 with the reason."""
    try:
        services = discover(root)
        events, common = read_events(root, services), read_common(root)
        match path.removeprefix(PATH).strip("/"):
            case "":
                return (
                    200,
                    "text/html",
                    markdown_to_html.document(events_page.TITLE, events_page.text(events, common), _link(events)),
                )
            case "asyncapi.yaml":
                return 200, "application/yaml", asyncapi.text(events, common)
            case "service_map.svg":
                return 200, "image/svg+xml", service_map.text(events, services)
            case name if name in _files(events):
                return 200, "application/json", (root / name).read_text(encoding="utf-8")
    except (Problem, OSError) as problem:
        return 503, "text/plain", f"the events of this checkout cannot be read: {problem}\n"
    return 404, "text/plain", f"no such page; the catalogue is at {PATH}\n"


def _files(events: list[Event]) -> frozenset[str]:
    """The schemas and examples. No other file of the checkout is served."""
    files = (
        path for event in events for path in (event.file, *(each.file for each in (*event.examples, *event.refused)))
    )
    return frozenset(path.as_posix() for path in files)


def _link(events: list[Event]) -> markdown_to_html.Link:
    files = _files(events)

    def link(target: str) -> str | None:
        if target.startswith("#"):
            return target
        name = target.removeprefix("../")
        return f"{PATH}/{name}" if name in files else _NAMED.get(target)

    return link
