"""The client as it is deployed, against a mail service that counts how often it is asked: once, whatever happens."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ecom import aws
from notifications_service import bootstrap
from notifications_service.errors import NotSent, OutcomeUnknown
from notifications_service.mail_text import Mail

MAIL = Mail("Your order", "Hello", "<p>Hello</p>")
VARIABLES = (
    "TABLE_NAME",
    "ADDRESSES_TABLE_NAME",
    "USER_POOL_ID",
    "ORDERS_API_URL",
    "PARTNERS_API_URL",
    "QUEUE_URL",
    "DEAD_LETTER_QUEUE_URL",
)


class Service(HTTPServer):
    """Answers with a status, or closes the connection without an answer if it is 0."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = 0
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    server: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.status:
            self.close_connection = True
            return
        body = b'{"MessageId": "mail-1"}' if self.server.status == 200 else b'{"message": "no"}'
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def send(fake_aws: None, service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
    monkeypatch.setenv("SENDER", "orders@shop.example")
    for name in VARIABLES:
        monkeypatch.setenv(name, "anything")
    monkeypatch.setenv("ADDRESS_HOURS", "24")
    made = (
        aws.client.cache_clear,
        aws.signed_client.cache_clear,
        bootstrap.mail_sender.cache_clear,
        bootstrap.addresses.cache_clear,
    )
    for forget in made:
        forget()
    yield lambda: bootstrap.mail_sender().mailer.send("jo@example.com", MAIL)
    for forget in made:
        forget()


def test_each_mail_is_one_request_on_a_new_connection(service: Service, send: Callable[[], str]) -> None:
    assert [send(), send()] == ["mail-1", "mail-1"]
    assert (service.asked, service.connections) == (2, 2)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, NotSent), (403, NotSent), (429, NotSent), (500, OutcomeUnknown), (503, OutcomeUnknown), (0, OutcomeUnknown)],
)
def test_the_sdk_does_not_retry(service: Service, send: Callable[[], str], status: int, error: type[Exception]) -> None:
    service.status = status
    with pytest.raises(error):
        send()
    assert service.asked == 1


def test_an_unreachable_service_means_not_sent(service: Service, send: Callable[[], str]) -> None:
    service.shutdown()
    service.server_close()
    with pytest.raises(NotSent):
        send()
    assert service.asked == 0
