"""A server on 127.0.0.1 that answers AWS's SDK and signed REST over TLS at once, as if every table were empty.

TLS is part of a cold start: a client reads the certificates of all authorities before its first request.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore

from tools.local.certificate import new_certificate

EMPTY_PAGE = {"Items": [], "Count": 0, "ScannedCount": 0}
OPERATIONS: dict[str, Any] = {
    "Query": EMPTY_PAGE,
    "Scan": EMPTY_PAGE,
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "UpdateItem": {"Attributes": {"id": {"S": "STOCK#1"}, "available": {"N": "5"}, "reserved": {"N": "0"}}},
    "GetSecretValue": {"SecretString": "merchant-secret"},
}
REST: dict[str, Any] = {
    "/products/backend/validate": {"message": "all products are as in the catalogue"},
    "/delivery-pricing/backend/pricing": {"pricing": 0},
    "/payment/backend/validate": {"ok": True},
    "/warehouse/backend/reserve": {"ok": True, "expiresAt": "2030-01-01T00:00:00.000Z"},
    "/warehouse/backend/cancel": {"ok": True},
    "/warehouse/backend/release": {"ok": True},
    "/provider/check": {"ok": True},
}


@dataclass(frozen=True)
class Stub:
    url: str
    certificates: Path


@contextmanager
def serving(folder: Path) -> Iterator[Stub]:
    """`certificates` are botocore's authorities and the server's own: as many to read as on AWS."""
    pem, private = new_certificate(datetime.now(UTC))
    key, certificate = private.encode(), pem.encode()
    (folder / "server.pem").write_bytes(key + certificate)
    authorities = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    (folder / "authorities.pem").write_bytes(authorities + certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Stub(f"https://127.0.0.1:{server.server_port}", folder / "authorities.pem")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
        body = json.dumps(OPERATIONS.get(operation, {}) if operation else REST[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the name in the standard library
        """Requests are not logged."""
