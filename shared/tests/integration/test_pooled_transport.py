"""The transport of requests to other systems, against a server on this machine."""

import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.credentials import Credentials

from ecom import deadline
from ecom.http import Request, SignedClient, pooled_transport


class Redirecting(HTTPServer):
    """Sends each request on to `/elsewhere` of its own, and knows the paths that were asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.paths: list[str] = []
        self.seconds_ahead = 0.0


class Answers(BaseHTTPRequestHandler):
    server: Redirecting

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(200 if self.path == "/elsewhere" else 302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The value of the header `Date`."""
        return formatdate(time.time() + self.server.seconds_ahead if timestamp is None else timestamp, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Nothing on standard error."""


@pytest.fixture
def redirecting() -> Iterator[Redirecting]:
    with Redirecting() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_redirect_is_an_answer_and_is_not_followed(redirecting: Redirecting) -> None:
    """The secret or the signature in the header would go to the other address."""
    url = f"http://127.0.0.1:{redirecting.server_port}"
    secret = {"Authorization": "Bearer secret", "Connection": "close"}
    status, _ = pooled_transport()(Request("GET", f"{url}/payments/t", secret, b"", 5.0))
    assert (status, redirecting.paths) == (302, ["/payments/t"])


def test_a_client_of_services_learns_the_clock_of_their_api(
    redirecting: Redirecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline._Environment, "seconds_behind", 0.0)
    redirecting.seconds_ahead = 60
    url = f"http://127.0.0.1:{redirecting.server_port}/backend/reserve"
    SignedClient(lambda: Credentials("key", "secret"), "eu-west-1").call("GET", url, headers={"Connection": "close"})
    assert 58 < int(deadline.header(0)["x-deadline"]) / 1000 - time.time() < 62
