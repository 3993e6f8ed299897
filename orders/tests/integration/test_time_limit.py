"""createOrder ends in time over real sockets, however slow the other services are."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest
from botocore.credentials import Credentials

from ecom.http import SignedClient
from orders.tests.builders import LIFETIME, NOON, USER, request
from orders.tests.fakes import OrdersInMemory, PaymentTokensInMemory
from orders_service.clients import SignedChecks, SignedWarehouse
from orders_service.create_order import CreateOrder

SECONDS = 0.5
BODY = b'{"message": "ok", "pricing": 0, "ok": true}'
YES = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@contextmanager
def service(kind: str) -> Iterator[str]:
    """A server that never answers, closes the connection, answers slowly, or accepts."""
    stopped = Event()
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as held:
        server.settimeout(0.05)

        def serve() -> None:
            while not stopped.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                if kind == "closes":
                    connection.close()
                    continue
                held.enter_context(connection)
                Thread(target=serve_connection, args=(connection, kind, stopped)).start()

        serving = Thread(target=serve)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopped.set()
            serving.join()


def serve_connection(connection: socket.socket, kind: str, stopped: Event) -> None:
    connection.settimeout(0.05)
    while not stopped.is_set():
        try:
            if not connection.recv(65536):
                return
            if kind == "accepts":
                connection.sendall(YES)
            while kind == "slow" and not stopped.wait(0.05):
                connection.sendall(b"H")
        except TimeoutError:
            continue
        except OSError:
            return


@pytest.mark.parametrize("kind", ["never answers", "closes", "slow"])
def test_create_order_answers_within_its_time_limit(kind: str) -> None:
    orders = OrdersInMemory()
    tokens = PaymentTokensInMemory(orders, LIFETIME, 9)
    # The executor's threads end after the server, which closes the slow connections.
    with ThreadPoolExecutor(9) as threads, service(kind) as bad, service("accepts") as good:
        client = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1")
        for urls, warehouse in (
            ((bad, good, good), good),
            ((bad, bad, bad), good),
            ((good, good, good), bad),
        ):
            checks, store = SignedChecks(client, *urls), SignedWarehouse(client, warehouse)
            create_order = CreateOrder(
                orders, tokens, checks, store, threads, time.monotonic, seconds=SECONDS, currency="EUR"
            )
            began = time.monotonic()
            answer = create_order.run(request(), USER, NOON, "request-1")
            took = time.monotonic() - began
            assert {problem["code"] for problem in answer["problems"]} == {"TRY_AGAIN"}
            assert took < SECONDS + 0.5
    assert orders.items == {}
