"""The stream of the recorder's events as server-sent events.

Each message has the events that were noted or changed since the one before. Its id names the server and the recorder's
version, so that a browser that connects again gets what it missed; of another server it gets all, marked `fresh`.
The specification: "Server-sent events" of the HTML standard.
"""

import asyncio
import json
from collections.abc import Sequence

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.eventbridge.recorder import Recorded, Recorder
from tools.local.own_pages import headers_of, number_of

FIRST = 500
"""How many events a new reader gets at most."""
GATHER_SECONDS = 0.1
"""Events that come together are sent together."""


class EventStream:
    def __init__(self, recorder: Recorder, instance: str) -> None:
        self._recorder, self._instance = recorder, instance
        self._open: set[asyncio.Event] = set()
        self._stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changed, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        stop_listening = self._recorder.listen(wake)
        self._open.add(changed)
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            version, fresh = self._start(headers_of(scope).get("last-event-id", ""))
            while not (gone.done() or self._stopping):
                changed.clear()
                now, events = self._recorder.after(version)
                if events or fresh:
                    body = await asyncio.to_thread(message, self._instance, now, events[-FIRST:], fresh)
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                version, fresh = now, False
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait((waiting, gone), return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                await asyncio.sleep(GATHER_SECONDS)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._open.discard(changed)
            stop_listening()

    async def stop(self) -> None:
        """End all streams; their readers connect again."""
        self._stopping = True
        for changed in self._open:
            changed.set()

    def _start(self, last: str) -> tuple[int, bool]:
        """The version that a reader knows, and whether it has to forget what it knows."""
        instance, _, version = last.partition("-")
        known = number_of(version) if instance == self._instance else None
        return (0, True) if known is None else (known, False)


def message(instance: str, version: int, events: Sequence[Recorded], fresh: bool) -> bytes:
    data = json.dumps({"fresh": fresh, "events": [each.document() for each in events]}, default=str)
    return f"id: {instance}-{version}\ndata: {data}\n\n".encode()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
