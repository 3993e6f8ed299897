"""A headless Chromium, driven through its DevTools protocol."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate
from websockets.sync.client import ClientConnection, connect

from ecom_client.polling import poll

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def trust(certificate: Path) -> str:
    """The switch by which this Chromium accepts one certificate, and no other, without an authority."""
    key = load_pem_x509_certificate(certificate.read_bytes()).public_key()
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(key.public_bytes(*form)).digest()).decode()
    return f"--ignore-certificate-errors-spki-list={digest}"


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection, port: str = "") -> None:
        self._connection = connection
        self._port = port
        self._last = 0

    def send(self, method: str, **parameters: Any) -> Any:
        self._last += 1
        self._connection.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=30))
            if message.get("id") == self._last:
                assert "error" not in message, message
                return message["result"]

    @contextmanager
    def another_tab(self) -> Iterator["Page"]:
        """A second tab of this browser: it shares localStorage with the first, not sessionStorage."""
        with urlopen(Request(f"http://127.0.0.1:{self._port}/json/new", method="PUT")) as answer:
            target = json.load(answer)
        with connect(target["webSocketDebuggerUrl"], max_size=None) as tab:
            page = Page(tab, self._port)
            page.send("Page.enable")
            yield page

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)

    def text(self, selector: str) -> str:
        found = self.run(f"document.querySelector({json.dumps(selector)})?.innerText")
        return str(found or "")

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.run(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, key: str) -> None:
        """Press a key: `Tab`, `Enter`, `ArrowDown`."""
        code = {"Tab": 9, "Enter": 13, "ArrowDown": 40, "ArrowUp": 38, "Escape": 27}[key]
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                **(more if kind == "keyDown" else {}),
            )  # fmt: skip

    def wait_until(self, condition: str, seconds: float = 30) -> None:
        """Wait until an expression in the page is true."""
        poll(lambda: self.run(condition), bool, seconds, condition)

    def wait_for(self, selector: str, words: str, seconds: float = 30) -> str:
        def shown() -> str:
            problem = self.text("#problem")
            assert not problem, problem
            return self.text(selector)

        return poll(shown, lambda text: words in text, seconds, f"{words!r} in {selector}")


@contextmanager
def running_browser(program: str, folder: Path, switches: Sequence[str] = ()) -> Iterator[Page]:
    """Start a browser with an empty profile in `folder`; stop it at the end."""
    command = [
        program,
        "--headless=new",
        "--no-sandbox",  # root and containers have none; the browser opens our own page only
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",  # on 127.0.0.1
        f"--user-data-dir={folder}",
        *switches,
        "about:blank",
    ]
    with (folder.parent / "browser.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        note = folder / "DevToolsActivePort"
        port, path = poll(
            lambda: note.read_text().split() if note.exists() else [], lambda two: len(two) == 2, 30, "port"
        )
        with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as connection:
            browser = Page(connection)
            target = browser.send("Target.createTarget", url="about:blank")["targetId"]
            with connect(f"ws://127.0.0.1:{port}/devtools/page/{target}", max_size=None) as tab:
                page = Page(tab, port)
                page.send("Page.enable")
                yield page
            browser.send("Browser.close")
        process.wait(timeout=20)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
