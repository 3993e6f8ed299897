"""The few ASGI types that the local cloud needs, and what a plane is."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, runtime_checkable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Plane(Protocol):
    """A part of AWS's data plane that we serve ourselves; it is asked before the engine."""

    def matches(self, scope: Scope) -> bool:
        """Whether this request (`http` or `websocket`) is ours; cheap, no side effects."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


@runtime_checkable
class Stoppable(Protocol):
    """A plane that keeps something open between requests."""

    async def stop(self) -> None:
        """Called once when the cloud stops: what is open ends now."""
        ...


async def answer_json(send: Send, status: int, body: object) -> None:
    """Send a whole JSON answer."""
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
