"""createOrder ends in time over real sockets, whatever the other side does with them."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest
from botocore.credentials import Credentials

from ecom.http import SignedClient
from orders.tests.builders import NOON, USER, request
from orders.tests.fakes import OrdersInMemory
from orders_service.clients import SignedChecks, SignedWarehouse
from orders_service.config import CheckUrls
from orders_service.create_order import Placing

SECONDS = 0.5
BODY = b'{"message": "ok", "pricing": 0, "ok": true}'
YES = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@contextmanager
def service(kind: str) -> Iterator[str]:
    """A server that says nothing, hangs up, answers a little at a time, or says yes."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as held:
        server.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                if kind == "hangs up":
                    connection.close()
                    continue
                held.enter_context(connection)
                Thread(target=talk, args=(connection, kind, over)).start()

        serving = Thread(target=serve)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            serving.join()


def talk(connection: socket.socket, kind: str, over: Event) -> None:
    connection.settimeout(0.05)
    while not over.is_set():
        try:
            if not connection.recv(65536):
                return
            if kind == "yes":
                connection.sendall(YES)
            while kind == "trickles" and not over.wait(0.05):
                connection.sendall(b"H")
        except TimeoutError:
            continue
        except OSError:
            return


@pytest.mark.parametrize("kind", ["says nothing", "hangs up", "trickles"])
def test_an_answer_comes_in_time(kind: str) -> None:
    orders = OrdersInMemory()
    # The threads end last: one that an answer trickles into ends with the server.
    with ThreadPoolExecutor(9) as threads, service(kind) as bad, service("yes") as good:
        client = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1")
        for urls, warehouse in (
            (CheckUrls(bad, good, good), good),
            (CheckUrls(bad, bad, bad), good),
            (CheckUrls(good, good, good), bad),
        ):
            checks, store = SignedChecks(client, urls), SignedWarehouse(client, warehouse)
            placing = Placing(orders, checks, store, threads, time.monotonic, seconds=SECONDS)
            began = time.monotonic()
            answer = placing.place(request(), USER, NOON, "request-1")
            took = time.monotonic() - began
            assert {problem["code"] for problem in answer["problems"]} == {"TRY_AGAIN"}
            assert took < SECONDS + 0.5
    assert orders.items == {}
