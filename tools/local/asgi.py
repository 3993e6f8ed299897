"""The ASGI types of the local cloud, and the interface of a data plane."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, runtime_checkable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Plane(Protocol):
    """A data plane of ours: the server offers it each request before the engine."""

    def matches(self, scope: Scope) -> bool:
        """Whether this plane serves the request (`http` or `websocket`). Cheap and without side effects."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


@runtime_checkable
class Stoppable(Protocol):
    """A plane that keeps connections open between requests."""

    async def stop(self) -> None:
        """Close what is open. The server calls it once, when it stops."""
        ...


async def answer_json(send: Send, status: int, body: object) -> None:
    """Send a complete JSON response."""
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
