"""The console for every reader: rules of axe-core, a narrow screen, dark and light, less motion."""

from pathlib import Path
from typing import Any

import pytest

from ecom_client.browser import Page
from ecom_client.journey import Shopper, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from tools.local.home import Home

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
PAGES = ("now", "orders", "events", "dead-letters", "mail", "dashboards", "graphql", "catalogue")
# GraphiQL is not ours; what it does is reported to its makers.
AXE = "axe.run({ exclude: ['#graphiql'] }).then((found) => found.violations)"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def axe(console: str) -> str:
    """The source of axe-core, which is installed for the build of the pages."""
    (file,) = (Home.from_environment().folder / "console").glob("packages-*/node_modules/axe-core/axe.min.js")
    return Path(file).read_text()


def show(page: Page, console: str, name: str) -> None:
    page.open(f"{console}#/{name}")
    page.wait_until(
        "document.querySelector('h1') && ![...document.querySelectorAll('main [role=status]')]"
        ".some((one) => one.innerText.startsWith('Reading'))"
    )
    if name == "graphql":
        page.wait_until("!!document.querySelector('.graphiql-container')", 60)


def serious(page: Page, axe: str) -> list[str]:
    page.run(axe)
    found: list[dict[str, Any]] = page.run(AXE)
    return [f"{each['id']}: {node['html']}" for each in found if each["impact"] in SERIOUS for node in each["nodes"]]


def in_scheme(page: Page, scheme: str) -> None:
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def width(page: Page, pixels: int) -> None:
    page.send("Emulation.setDeviceMetricsOverride", width=pixels, height=800, deviceScaleFactor=1, mobile=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    platform_outside: Platform, shopper: Person, console: str, page: Page, axe: str, scheme: str
) -> None:
    order_id = Shopper(platform_outside, shopper).buy(lines((new_product(platform_outside), 1)))["orderId"]
    in_scheme(page, scheme)
    for name in PAGES:
        show(page, console, name)
        assert serious(page, axe) == [], name
    show(page, console, f"orders/{order_id}")
    page.wait_for("#steps", "accepted")
    assert serious(page, axe) == []
    show(page, console, "catalogue/ecommerce.orders.OrderCreated")
    page.wait_for("#entry", "Send an example")
    page.click("#entry details")
    page.run("document.querySelectorAll('#entry details').forEach((one) => { one.open = true; })")
    assert serious(page, axe) == []


def test_the_rules_would_find_something(page: Page, axe: str) -> None:
    page.run("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert [each for each in serious(page, axe) if each.startswith("image-alt")]


def test_a_phone_shows_every_page_without_scrolling_sideways(console: str, page: Page) -> None:
    width(page, 360)
    for name in PAGES:
        show(page, console, name)
        page.wait_until("document.documentElement.scrollWidth <= 360", 5)


def test_dark_is_dark_and_light_is_light(page: Page) -> None:
    def brightness() -> int:
        colour = page.run("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    in_scheme(page, "dark")
    assert brightness() < 150
    in_scheme(page, "light")
    assert brightness() > 600


def test_events_stand_still_for_a_reader_who_wants_less_motion(
    platform_outside: Platform, shopper: Person, console: str, page: Page
) -> None:
    show(page, console, "now")
    page.wait_until("!!document.querySelector('svg .box')")
    page.run(
        "window.moved = []; new MutationObserver(() => document.querySelectorAll('.mover').forEach((one) =>"
        " window.moved.push(getComputedStyle(one).display))).observe(document.querySelector('svg'),"
        " { childList: true, subtree: true })"
    )
    buyer = Shopper(platform_outside, shopper)
    buyer.buy(lines((new_product(platform_outside), 1)))
    page.wait_until("window.moved.includes('inline')", 15)
    page.wait_until("document.querySelectorAll('.mover').length === 0", 15)
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    page.run("window.moved = []")
    buyer.buy(lines((new_product(platform_outside), 1)))
    page.wait_until("window.moved.includes('none')", 15)
    assert "inline" not in page.run("window.moved")
