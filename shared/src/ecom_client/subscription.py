"""Subscriptions through AppSync's real-time protocol, as a storefront uses them."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ecom_client.journey import ORDER
from ecom_client.platform import Platform

ORDER_CHANGED = f"subscription S($id: ID!) {{ onOrderChanged(orderId: $id) {{ {ORDER} }} }}"
AVAILABILITY = "productId level version"
AVAILABILITY_CHANGED = f"subscription S($id: ID!) {{ onAvailabilityChanged(productId: $id) {{ {AVAILABILITY} }} }}"


class SubscriptionRefused(AssertionError):
    """The subscription was refused."""

    def __init__(self, answer: Any) -> None:
        super().__init__(json.dumps(answer))
        errors = answer.get("payload", {}).get("errors", [])
        self.types = [error.get("errorType") for error in errors]


class Subscription:
    """What the subscription to one field received, in its order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.seen: list[dict[str, Any]] = []

    def next(self, seconds: float = 10) -> dict[str, Any]:
        """The next state. Raises TimeoutError when none comes."""
        ends = time.monotonic() + seconds
        while True:
            message = _receive(self._socket, ends - time.monotonic())
            if message["type"] == "data":
                state: dict[str, Any]
                (state,) = message["payload"]["data"].values()
                self.seen.append(state)
                return state

    def wait_for(self, seconds: float = 20, **fields: Any) -> dict[str, Any]:
        """The first state in which the fields have these values."""
        ends = time.monotonic() + seconds
        while True:
            state = self.next(ends - time.monotonic())
            if all(state[name] == value for name, value in fields.items()):
                return state


def order_subscription(platform: Platform, token: str, order_id: str) -> AbstractContextManager[Subscription]:
    """Subscribe to one order. Raises SubscriptionRefused when the API refuses it."""
    return _subscription(platform, {"Authorization": token}, ORDER_CHANGED, order_id)


def availability_subscription(
    platform: Platform, product_id: str, token: str = ""
) -> AbstractContextManager[Subscription]:
    """Subscribe to the availability of one product, with the API key when there is no token."""
    caller = {"Authorization": token} if token else {"x-api-key": platform.parameter("frontend-api/api/key")}
    return _subscription(platform, caller, AVAILABILITY_CHANGED, product_id)


@contextmanager
def _subscription(platform: Platform, caller: dict[str, str], query: str, own: str) -> Iterator[Subscription]:
    url = platform.parameter("frontend-api/api/url")
    header = {"host": urlsplit(url).netloc, **caller}
    encoded = base64.b64encode(json.dumps(header).encode()).decode()
    address = f"{_realtime(url)}?header={encoded}&payload=e30="
    with connect(address, subprotocols=[Subprotocol("graphql-ws")], open_timeout=10) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        _expect(socket, "connection_ack")
        asked = json.dumps({"query": query, "variables": {"id": own}})
        extensions = {"authorization": header}
        start = {"id": "1", "type": "start", "payload": {"data": asked, "extensions": extensions}}
        socket.send(json.dumps(start))
        _expect(socket, "start_ack")
        yield Subscription(socket)


def _realtime(url: str) -> str:
    """The real-time endpoint: on AWS another host, locally a path."""
    if ".appsync-api." in url:
        return url.replace("https:", "wss:").replace(".appsync-api.", ".appsync-realtime-api.")
    return url.replace("http:", "ws:") + "/realtime"


def _expect(socket: ClientConnection, kind: str) -> None:
    while True:
        message = _receive(socket, 10)
        if message["type"] == kind:
            return
        if message["type"] != "ka":
            raise SubscriptionRefused(message)


def _receive(socket: ClientConnection, seconds: float) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=max(seconds, 0.0)))
    return message
