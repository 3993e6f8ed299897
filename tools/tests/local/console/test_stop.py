"""A cloud with an open page of the console stops at once, and its stream goes on with the next one."""

import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from tools.local import lifecycle
from tools.local.client import start_temporary
from tools.local.console.plane import STREAM
from tools.local.server import HEALTH
from tools.tests.local.http import call


def test_a_reader_that_never_reads_does_not_delay_the_stop(tmp_path: Path) -> None:
    """Its connection is full: the cloud waits for it to read."""
    with start_temporary(tmp_path) as cloud:
        events = cloud.client("events")
        with socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            place = urlsplit(cloud.endpoint)
            reader.connect((place.hostname, place.port))
            reader.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
            for _ in range(40):
                entry = {"Source": "test", "DetailType": "Full", "Detail": json.dumps({"text": "x" * 200_000})}
                events.put_events(Entries=[entry])
            began = time.monotonic()
            lifecycle.stop(cloud.home)
            assert time.monotonic() - began < 10
        lifecycle.start(cloud.home)
        assert call(f"{cloud.endpoint}{HEALTH}").status == 200


def test_an_open_stream_does_not_delay_the_stop(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=20)
        connection.request("GET", STREAM)
        answer = connection.getresponse()
        assert answer.readline().startswith(b"id: ")
        began = time.monotonic()
        lifecycle.stop(cloud.home)
        assert time.monotonic() - began < 10
        answer.read()
        connection.close()
        lifecycle.start(cloud.home)
        assert call(f"{cloud.endpoint}{HEALTH}").status == 200
