"""The built pages on a port of this machine, with the headers and the fallback that their hosting has."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


def policy(config: Mapping[str, str], pictures: str, uploads: str) -> str:
    """The content security policy of storefront/template.yaml, for these addresses."""
    api = config["apiUrl"]
    live = api.replace("https:", "wss:").replace("appsync-api", "appsync-realtime-api").replace("http:", "ws:")
    rest = [f"{config[name]}/" for name in ("cognitoUrl", "paymentUrl", "cartUrl", "returnsUrl")]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            f"img-src 'self' data: blob: {pictures}/",
            " ".join(["connect-src 'self'", api, f"{_origin(live)}/", *rest, f"{uploads}/"]),
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def served(folder: Path, config: Mapping[str, str], csp: str) -> Iterator[str]:
    """The address of the pages, without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/config.json":
                self._send("application/json", json.dumps(dict(config)).encode())
                return
            is_file = "." in path.rsplit("/", 1)[-1]
            file = folder / (path.lstrip("/") if is_file else "index.html")
            if not file.is_file():
                self.send_error(404)
                return
            self._send(TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", csp)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """No line per request in the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
