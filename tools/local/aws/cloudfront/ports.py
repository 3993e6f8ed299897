"""A loopback port for each distribution, its root `/` being the distribution's.

On AWS a distribution has a host name. Here its domain name is `127.0.0.1:PORT`, so that a URL made of it works in any
client, without DNS and without credentials. The port stays the same when the cloud starts again.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from tools.local.asgi import Application, Receive, Scope, Send
from tools.local.home import LocalCloudError

log = logging.getLogger("local")

HOST = "127.0.0.1"

Serve = Callable[[int, Scope, Receive, Send], Awaitable[None]]
"""Answers a request to a port."""


def domain_of(port: int) -> str:
    return f"{HOST}:{port}"


def port_of(domain: str) -> int:
    """The port of a distribution's domain name; 0 for a name that this module did not make."""
    host, _, port = domain.partition(":")
    return int(port) if host == HOST and port.isdigit() else 0


def configured(listening: socket.socket) -> Config:
    """Hypercorn's settings for a listening socket, which then belongs to Hypercorn."""
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    return config


class Ports:
    """The open ports. `open` and `close` may be called from any thread, before and after `start`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, socket.socket] = {}
        self._stops: dict[int, asyncio.Event] = {}
        self._servers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serve: Serve | None = None

    def open(self, port: int = 0) -> int:
        """Listen on a port, on any free one by default, and return it."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            raise LocalCloudError(
                f"port {port} of a CloudFront distribution is in use by another program; stop that, or use FRESH=1"
            ) from error
        port = int(listening.getsockname()[1])
        with self._lock:
            self._waiting[port] = listening
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._begin, port)
        return port

    def close(self, port: int) -> None:
        """Stop listening. A port that is not open is no error."""
        with self._lock:
            waiting = self._waiting.pop(port, None)
            if waiting is not None:
                waiting.close()
            stop = self._stops.pop(port, None)
            if stop is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(stop.set)

    def start(self, known: Iterable[int], serve: Serve) -> None:
        """Serve the ports of earlier runs and all that are opened from now on, in the running loop."""
        for port in known:
            self.open(port)
        with self._lock:
            self._loop, self._serve = asyncio.get_running_loop(), serve
            waiting = list(self._waiting)
        for port in waiting:
            self._begin(port)

    async def stop(self) -> None:
        with self._lock:
            self._loop = None
            stops, self._stops = list(self._stops.values()), {}
        for stop in stops:
            stop.set()
        await asyncio.gather(*self._servers, return_exceptions=True)

    def _begin(self, port: int) -> None:
        with self._lock:
            listening = self._waiting.pop(port, None)
            if listening is None or self._serve is None:
                return
            stop = self._stops[port] = asyncio.Event()
            app = _PortApplication(port, self._serve)
        task = asyncio.ensure_future(_run(app, configured(listening), stop))
        self._servers.add(task)
        task.add_done_callback(self._servers.discard)


async def _run(app: Application, config: Config, stop: asyncio.Event) -> None:
    async def stopped() -> None:
        await stop.wait()

    await hypercorn_serve(app, config, shutdown_trigger=stopped)  # type: ignore[arg-type]  # hypercorn wants its own TypedDicts


class _PortApplication:
    """The ASGI application of one port."""

    def __init__(self, port: int, serve: Serve) -> None:
        self._port, self._serve = port, serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _acknowledge(receive, send)
        elif scope["type"] == "http":
            await self._serve(self._port, scope, receive, send)
        else:
            await send({"type": "websocket.close"})


async def _acknowledge(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
