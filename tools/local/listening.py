"""One port for HTTP and TLS: the first byte of a connection decides.

Clients of AppSync build `wss://` addresses from the URL of an API, whatever its scheme is. So the port of the published
`http://` URLs accepts TLS as well.
"""

import asyncio
import errno
import logging
import socket
import ssl as tls
import weakref
from collections.abc import Callable
from typing import Any

log = logging.getLogger("local")

HANDSHAKE = b"\x16"  # the first byte of each TLS connection, and of no HTTP request
FIRST_BYTE_SECONDS = 75.0  # the time for which an idle HTTP connection is kept
CLOSING_SECONDS = 4.0  # longer than Hypercorn's graceful_timeout, and shorter than the time that a stop may take
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class TlsOrPlainLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers on a given socket accept TLS beside plain connections."""

    def __init__(self, context: tls.SSLContext) -> None:
        super().__init__()
        self._context = context

    async def create_server(
        self, protocol_factory: ProtocolFactory, *arguments: Any, sock: socket.socket | None = None, **options: Any
    ) -> Any:
        if sock is None or options.get("ssl") is not None:
            return await super().create_server(protocol_factory, *arguments, sock=sock, **options)
        sock.setblocking(False)
        sock.listen(int(options.get("backlog", 100)))
        return Listener(self, sock, protocol_factory, self._context)


class Listener:
    """Accepts connections of one socket until it is closed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listening: socket.socket,
        protocol_factory: ProtocolFactory,
        context: tls.SSLContext,
    ) -> None:
        self._loop, self._listening, self._context = loop, listening, context
        self._protocol_factory = protocol_factory
        self._tasks: set[asyncio.Task[None]] = set()
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._accepting = loop.create_task(self._accept())

    def close(self) -> None:
        """Accept no more, and drop connections that have sent nothing yet. Others stay open for a while, in
        which Hypercorn closes them; but it waits without end for a client that does not read its data."""
        for task in (self._accepting, *self._tasks):
            task.cancel()
        self._loop.call_later(CLOSING_SECONDS, self._abort)

    def _abort(self) -> None:
        for transport in tuple(self._transports):
            transport.abort()

    async def wait_closed(self) -> None:
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        self._listening.close()

    async def _accept(self) -> None:
        while True:
            try:
                connection, _ = await self._loop.sock_accept(self._listening)
            except OSError as error:
                if error.errno in EXHAUSTED:
                    log.error("no connection can be accepted: %s", error)  # noqa: TRY400  # the stack says nothing more
                    await asyncio.sleep(1)
                continue
            connection.setblocking(False)
            task = self._loop.create_task(self._open(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open(self, connection: socket.socket) -> None:
        """Pass the connection to the protocol, which then owns it."""
        try:
            async with asyncio.timeout(FIRST_BYTE_SECONDS):
                first = await self._first_byte(connection)
            if first:
                context = self._context if first == HANDSHAKE else None
                accepted = await self._loop.connect_accepted_socket(self._protocol_factory, connection, ssl=context)
                self._transports.add(accepted[0])
                return
        except tls.SSLError as error:
            reason = error.reason or str(error)
            log.warning("a client ended its TLS handshake (%s): it must trust certificate.pem, see the README", reason)
        except (OSError, TimeoutError):  # the client is gone, or sent nothing
            log.debug("a connection ended before its first request")
        except asyncio.CancelledError:
            connection.close()
            raise
        connection.close()

    async def _first_byte(self, connection: socket.socket) -> bytes:
        """The first byte, which stays unread; empty when the client has closed."""
        readable = asyncio.Event()
        while True:
            try:
                return connection.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                self._loop.add_reader(connection, readable.set)
            try:
                await readable.wait()
            finally:
                self._loop.remove_reader(connection)
            readable.clear()
