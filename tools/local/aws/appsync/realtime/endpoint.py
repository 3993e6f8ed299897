"""The WebSocket endpoint: `/v1/apis/{apiId}/graphql/realtime`, and the same path without `/realtime`.

Clients derive the real-time URL from the GraphQL URL in one of two ways: they change the host name, or (for custom
domains) append `/realtime` to the path.
"""

import asyncio
import logging
from collections.abc import Mapping

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.appsync.authentication import authenticate
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.execution import Executor, existing_api
from tools.local.aws.appsync.model import Cloud
from tools.local.aws.appsync.realtime import messages
from tools.local.aws.appsync.realtime.connection import Connection
from tools.local.aws.appsync.realtime.handshake import connect_request
from tools.local.aws.appsync.realtime.hub import Hub
from tools.local.aws.appsync.realtime.outbox import Outbox
from tools.local.aws.appsync.realtime.subscribing import Subscriber
from tools.local.aws.appsync.realtime.timing import Timing

log = logging.getLogger("local.appsync")


class Realtime:
    """Serves WebSocket connections of all APIs of one cloud."""

    def __init__(self, cloud: Cloud, hub: Hub, executor: Executor, timing: Timing) -> None:
        self._cloud, self._hub, self._executor, self._timing = cloud, hub, executor, timing
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def stop(self) -> None:
        """Close every connection. Clients reconnect by themselves."""
        for connection in self._open:
            connection.stop()

    async def __call__(
        self, api_id: str, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        offered = scope.get("subprotocols") or ()
        chosen = messages.PROTOCOL if messages.PROTOCOL in offered else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        outbox = Outbox(self._timing)
        try:
            authenticate(connect_request(scope, headers), existing_api(self._cloud, api_id), self._cloud)
        except RequestRefused as refused:
            await self._refuse(refused, receive, send)
            return
        connection = Connection(receive, send, outbox, self._hub, self._timing)
        self._open.add(connection)
        try:
            code = await connection.run(Subscriber(self._executor, self._cloud, api_id, scope, headers, outbox.put))
        finally:
            self._open.discard(connection)
        if code is not None:
            await self._close(send, code)

    async def _refuse(self, refused: RequestRefused, receive: Receive, send: Send) -> None:
        """Send the reason, and give the client time to read it and to close."""
        refusal = messages.connection_error(refused.error_type or None, refused.message, refused.status)
        try:
            async with asyncio.timeout(self._timing.close_timeout):
                await send({"type": "websocket.send", "text": refusal})
                while (await receive())["type"] != "websocket.disconnect":
                    pass
                return
        except TimeoutError:
            await self._close(send, 1000)

    async def _close(self, send: Send, code: int) -> None:
        """Close the socket, but do not wait for a client that does not read."""
        try:
            async with asyncio.timeout(self._timing.close_timeout):
                await send({"type": "websocket.close", "code": code})
        except TimeoutError:
            log.warning("a real-time connection was dropped: its client does not read")
