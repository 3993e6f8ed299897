"""The pictures of the storefront in docs.

`STOREFRONT_PICTURES=docs/storefront/pictures .venv/bin/pytest -m deployed tests/deployed/storefront/test_pictures.py`
writes them.
"""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.pictures import Pictures
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.storefront.window import Window
from tools import ROOT
from tools.explore.demo_pictures.drawings import draw as drawn

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
PNG = b"\x89PNG\r\n\x1a\n"
# A page of one colour has about 5 kB.
LEAST, MOST = 12_000, 250_000


@pytest.fixture
def draw(tmp_path: Path) -> Callable[[Window, str], None]:
    """Draws what a window shows."""
    place = ROOT / os.environ["STOREFRONT_PICTURES"] if "STOREFRONT_PICTURES" in os.environ else tmp_path
    place.mkdir(exist_ok=True)

    def write(window: Window, name: str) -> None:
        window.page.run("document.activeElement.blur()")
        content = base64.b64decode(window.page.send("Page.captureScreenshot", format="png")["data"])
        assert content.startswith(PNG)
        assert LEAST < len(content) < MOST
        (place / f"{name}.png").write_bytes(content)

    return write


def size(window: Window, width: int, height: int) -> None:
    window.page.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
    )


def test_the_pages_are_drawn(
    platform_outside: Platform,
    signed_in: Window,
    desk: Window,
    person: Person,
    admin: Person,
    draw: Callable[[Window, str], None],
) -> None:
    kettle = new_product(platform_outside, price=3990, name="Kettle", category="kitchen", tags=["electric"])
    lamp = new_product(platform_outside, price=4990, name="Desk lamp", category="home")
    pictures = Pictures(Staff(platform_outside, admin))
    for product, drawing in ((kettle, "kettle"), (lamp, "lamp")):
        picture_id = pictures.upload(product["productId"], drawn(drawing, product["category"]), "image/png")
        assert pictures.decided(product["productId"], picture_id)["status"] == "READY"
    size(signed_in, 1200, 760)
    signed_in.open("/")
    signed_in.see("In the shop now")
    signed_in.page.wait_until("document.querySelectorAll('.card .name').length > 3")
    draw(signed_in, "home")
    signed_in.add_to_cart(lamp["productId"])
    signed_in.add_to_cart(kettle["productId"], 2)
    signed_in.open("/checkout")
    signed_in.address_form()
    signed_in.shows("#total", "€")
    draw(signed_in, "checkout")

    order_id = Shopper(platform_outside, person).buy(lines((kettle, 2), (lamp, 1)))["orderId"]
    poll(lambda: Staff(platform_outside, admin).packaging(order_id), what="the packaging request")
    size(desk, 1000, 640)
    desk.open(f"/staff/packing/{order_id}")
    desk.press("Start packing", 60)
    desk.see("Being packed")
    draw(desk, "packing")

    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    signed_in.page.send("Emulation.setEmulatedMedia", features=features)
    size(signed_in, 390, 780)
    signed_in.open(f"/orders/{order_id}")
    signed_in.shows("#order-state", "Ordered")
    draw(signed_in, "order-dark-phone")
