"""One open socket: its messages, its subscriptions, and its end.

However a connection ends, its tasks are cancelled and its subscriptions removed.
"""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

from tools.local.asgi import Receive, Send
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.execution import is_encodable
from tools.local.aws.appsync.realtime import messages
from tools.local.aws.appsync.realtime.hub import Hub, Subscription
from tools.local.aws.appsync.realtime.outbox import Outbox
from tools.local.aws.appsync.realtime.subscribing import Start, Subscriber, SubscriptionRefused, Unsupported
from tools.local.aws.appsync.realtime.timing import Timing

log = logging.getLogger("local.appsync")

MAX_ID = 128

NORMAL, GOING_AWAY, TOO_BIG, TOO_SLOW = 1000, 1001, 1009, 1013


class Connection:
    """An authenticated client."""

    def __init__(self, receive: Receive, send: Send, outbox: Outbox, hub: Hub, timing: Timing) -> None:
        self._receive, self._send, self._outbox, self._hub, self._timing = receive, send, outbox, hub, timing
        self._subscriptions: dict[str, Subscription] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """The cloud stops."""
        self._stopping.set()

    async def run(self, subscriber: Subscriber) -> int | None:
        """Serve until either side ends. Returns the close code; None when the client is gone."""
        work: dict[asyncio.Task[int | None], str] = {}

        def start(coroutine: Coroutine[Any, Any, int | None], name: str) -> None:
            work[asyncio.create_task(coroutine)] = name

        start(self._read(subscriber), "read")
        start(self._write(), "write")
        start(self._keep_alive(), "keep alive")
        start(self._end(self._outbox.overflowed, TOO_SLOW), "overflow")
        start(self._end(self._stopping, GOING_AWAY), "stop")
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED, timeout=self._timing.lifetime)
            return next(iter(done)).result() if done else NORMAL
        finally:
            await self._end_all(set(work))

    async def _end_all(self, work: set[asyncio.Task[int | None]]) -> None:
        for subscription in self._subscriptions.values():
            self._hub.remove(subscription)
        self._subscriptions.clear()
        tasks: list[asyncio.Task[Any]] = [*work, *self._starting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, subscriber: Subscriber) -> int | None:
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return None
            if event["type"] == "websocket.receive":
                given = event.get("text")
                if given is None:
                    given = (event.get("bytes") or b"").decode("utf-8", "replace")
                if len(given) > self._timing.max_message or len(given.encode()) > self._timing.max_message:
                    return TOO_BIG
                self._take(given, subscriber)

    async def _write(self) -> int | None:
        while True:
            await self._send({"type": "websocket.send", "text": await self._outbox.take()})

    async def _keep_alive(self) -> int | None:
        while True:
            await asyncio.sleep(self._timing.keep_alive)
            self._outbox.put(messages.KEEP_ALIVE)

    @staticmethod
    async def _end(event: asyncio.Event, code: int) -> int | None:
        await event.wait()
        return code

    def _take(self, given: str, subscriber: Subscriber) -> None:
        try:
            message = json.loads(given)
        except (ValueError, RecursionError):
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        identity = message.get("id") if isinstance(message, dict) else None
        identity = identity if isinstance(identity, str) and 0 < len(identity) <= MAX_ID else None
        if kind == "connection_init":
            self._outbox.put(messages.connection_ack(self._timing.client_timeout))
        elif kind == "start" and identity:
            self._start(identity, message.get("payload"), subscriber)
        elif kind == "stop" and identity:
            self._stop(identity)
        else:
            self._outbox.put(messages.unsupported(identity, "unknown"))

    def _start(self, identity: str, payload: Any, subscriber: Subscriber) -> None:
        content = payload if isinstance(payload, dict) else {}
        extensions = content.get("extensions")
        authorization = extensions.get("authorization") if isinstance(extensions, dict) else None
        if identity in self._subscriptions or identity in self._starting:
            text = f"Subscription {identity} exists on this connection."
            self._outbox.put(messages.problem(identity, "DuplicatedOperationError", text))
        elif len(self._subscriptions) + len(self._starting) >= self._timing.max_subscriptions:
            text = f"Max number of {self._timing.max_subscriptions} subscriptions reached"
            self._outbox.put(messages.problem(identity, "MaxSubscriptionsReachedError", text))
        elif not _is_text(content.get("data")):
            self._outbox.put(messages.unsupported(identity, "unknown"))
        else:
            start = Start(identity, content["data"], authorization)
            self._starting[identity] = asyncio.create_task(self._subscribe(start, subscriber))

    async def _subscribe(self, start: Start, subscriber: Subscriber) -> None:
        identity = start.identity
        try:
            subscription = await subscriber.subscribe(start)
            self._subscriptions[identity] = subscription
            # The acknowledgement must arrive before the first change.
            self._outbox.put(messages.start_ack(identity))
            self._hub.add(subscription)
        except RequestRefused as refused:
            self._outbox.put(messages.refused(identity, refused))
        except SubscriptionRefused as refused:
            self._outbox.put(messages.error(identity, refused.errors))
        except Unsupported as error:
            self._outbox.put(messages.unsupported(identity, str(error)))
        except Exception:
            log.exception("a subscription failed")
            self._outbox.put(messages.problem(identity, "InternalFailure", "Internal failure"))
        finally:
            # After a stop, a later start may use the same id.
            if self._starting.get(identity) is asyncio.current_task():
                del self._starting[identity]

    def _stop(self, identity: str) -> None:
        if task := self._starting.pop(identity, None):
            task.cancel()
        if subscription := self._subscriptions.pop(identity, None):
            self._hub.remove(subscription)
        self._outbox.put(messages.complete(identity))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_encodable(value)
