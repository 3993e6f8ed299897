"""A cloud with an open page of the console stops at once, and its stream goes on with the next one."""

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

from tools.local import lifecycle
from tools.local.client import start_temporary
from tools.local.console.plane import STREAM
from tools.local.server import HEALTH
from tools.tests.local.http import call


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
