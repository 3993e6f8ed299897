"""The pictures of the console in README.md and docs.

`CONSOLE_PICTURES=docs/console .venv/bin/pytest -m deployed tests/deployed/console/test_pictures.py` writes them.
"""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ecom_client.browser import Page
from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from tools import ROOT

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
WIDTH, HEIGHT = 1200, 720
PNG = b"\x89PNG\r\n\x1a\n"
# A page of one colour has about 5 kB.
LEAST, MOST = 15_000, 250_000


@pytest.fixture
def draw(page: Page, tmp_path: Path) -> Callable[[str], None]:
    """Draws what the page shows."""
    place = ROOT / os.environ["CONSOLE_PICTURES"] if "CONSOLE_PICTURES" in os.environ else tmp_path
    page.send("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)

    def write(name: str) -> None:
        page.run("document.activeElement.blur()")
        content = base64.b64decode(page.send("Page.captureScreenshot", format="png")["data"])
        assert content.startswith(PNG)
        assert LEAST < len(content) < MOST
        (place / f"{name}.png").write_bytes(content)

    return write


def test_the_pages_are_drawn(
    platform_outside: Platform, shopper: Person, admin: Person, console: str, page: Page, draw: Callable[[str], None]
) -> None:
    page.open(f"{console}#/now")
    page.wait_until("!!document.querySelector('svg .box')")
    buyer, staff = Shopper(platform_outside, shopper), Staff(platform_outside, admin)
    order_id = buyer.buy(lines((new_product(platform_outside, price=4500), 2)))["orderId"]
    staff.pack(order_id)
    page.wait_until("document.querySelectorAll('.mover').length > 1", 20)
    draw("now")

    page.open(f"{console}#/orders/{order_id}")
    page.wait_for("#steps", "the order is packed")
    page.run(
        "[...document.querySelectorAll('#steps button')].find((one) => one.innerText.includes('is packed')).click()"
    )
    page.wait_for("#step", "Event OrderModified")
    draw("order")

    page.open(f"{console}#/events")
    page.wait_for("#events", "PackageCreated")
    page.run(
        "[...document.querySelectorAll('#events a')].find((one) => one.innerText.includes('PackageCreated')).click()"
    )
    page.wait_for("#event", "It fits its schema.")
    draw("events")

    page.open(f"{console}#/graphql")
    page.wait_until("!!document.querySelector('.graphiql-query-editor .CodeMirror-code')", 60)
    draw("graphiql")


def test_the_documents_show_the_pictures() -> None:
    pictures = {file.name for file in (ROOT / "docs" / "console").glob("*.png")}
    assert pictures == {"now.png", "order.png", "events.png", "graphiql.png"}
    texts = [(ROOT / name).read_text() for name in ("README.md", "tools/local/console/README.md")]
    for name in pictures:
        assert any(f"docs/console/{name}" in text for text in texts), name
