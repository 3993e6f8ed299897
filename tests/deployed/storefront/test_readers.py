"""The storefront for every reader: rules of axe-core, narrow screens, dark and light, by keyboard alone."""

from pathlib import Path
from typing import Any

import pytest

from ecom_client.journey import CARD, Shopper, Staff, lines, new_product
from ecom_client.made import made
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.console.keyboard import tab_to
from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
AXE = "axe.run().then((found) => found.violations)"
SERIOUS = ("serious", "critical")
SIZES = [(360, 800), (1280, 800)]


@pytest.fixture(scope="module")
def axe(pages: Path) -> str:
    """The source of axe-core, which is installed for the build of the pages."""
    *_, file = sorted(pages.parent.glob("packages-*/node_modules/axe-core/axe.min.js"))
    return file.read_text()


def serious(window: Window, axe: str) -> list[str]:
    window.page.run(axe)
    found: list[dict[str, Any]] = window.page.run(AXE)
    return [f"{each['id']}: {node['html']}" for each in found if each["impact"] in SERIOUS for node in each["nodes"]]


def in_scheme(window: Window, scheme: str) -> None:
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    window.page.send("Emulation.setEmulatedMedia", features=features)


def size(window: Window, width: int, height: int) -> None:
    window.page.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
    )


def test_the_shop(platform_outside: Platform, signed_in: Window, person: Person, axe: str) -> None:
    """No serious finding in either scheme, and nothing to scroll sideways on a phone and on a desk."""
    product = new_product(platform_outside, price=4500, name="A name as long as names are: a kettle-with-a-thermometer")
    order_id = Shopper(platform_outside, person).buy(lines((product, 1)))["orderId"]
    signed_in.add_to_cart(product["productId"])
    pages = {
        "/": "In the shop now",
        "/products": "Sort by",
        f"/product?id={product['productId']}": "In stock",
        "/cart": "Go to the checkout",
        "/checkout": "Continue to payment",
        "/orders": "My orders",
        f"/orders/{order_id}": "Cancel the order",
        "/nowhere": "No such page",
    }
    look_at(signed_in, pages, axe)
    signed_in.press("Sign out")
    look_at(signed_in, {"/sign-in": "New here?", "/sign-up": "You have an account?", "/reset": "Send a code"}, axe)


def test_the_staff_pages(platform_outside: Platform, desk: Window, person: Person, admin: Person, axe: str) -> None:
    order = Shopper(platform_outside, person).buy(lines((new_product(platform_outside, name="Pot"), 2)))
    product_id, order_id = order["products"][0]["productId"], order["orderId"]
    poll(lambda: Staff(platform_outside, admin).packaging(order_id), what="the packaging request")
    pages = {
        "/staff/packing": order_id,
        f"/staff/packing/{order_id}": "Start packing",
        "/staff/deliveries": "By order number",
        "/staff/returns": "Returns",
        f"/staff/stock?id={product_id}": "it is always available",
        f"/staff/orders?id={order_id}": "History",
        f"/staff/catalogue/edit?id={product_id}": "Add a picture",
    }
    look_at(desk, pages, axe)


def look_at(window: Window, pages: dict[str, str], axe: str) -> None:
    for path, words in pages.items():
        window.open(path)
        window.see(words)
        for scheme in ("light", "dark"):
            in_scheme(window, scheme)
            assert serious(window, axe) == [], f"{path}, {scheme}"
        for width, height in SIZES:
            size(window, width, height)
            window.page.wait_until(f"document.documentElement.scrollWidth <= {width}", 5)
        # The words may be in the header too, before the page has its heading.
        window.page.wait_until("document.querySelectorAll('h1').length === 1")
        assert window.page.run("document.title.includes(' - Hearth & Field')"), path


def test_the_rules_would_find_something(window: Window, axe: str) -> None:
    window.open("/")
    window.see("In the shop now")
    window.page.run("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/icon.svg\">')")
    assert [each for each in serious(window, axe) if each.startswith("image-alt")]


def test_a_navigation_moves_the_focus_to_the_heading(window: Window) -> None:
    window.open("/")
    window.see("In the shop now")
    window.press("See everything")
    window.page.wait_until("document.activeElement?.innerText === 'All products'")
    assert window.page.run("scrollY") == 0


def test_a_purchase_by_keyboard_alone(platform_outside: Platform, signed_in: Window) -> None:
    product = new_product(platform_outside, price=1250, name="Pot")
    page = signed_in.page
    signed_in.open(f"/product?id={product['productId']}")
    signed_in.see("In stock")

    def enter(words: str, most: int = 60) -> None:
        tab_to(page, words, most)
        page.press("Enter")

    def type_into(name: str, text: str) -> None:
        for _ in range(20):
            if page.run("document.activeElement.name") == name:
                break
            page.press("Tab")
        assert page.run("document.activeElement.name") == name
        page.send("Input.insertText", text=text)

    enter("Add to cart")
    signed_in.see("is in your cart")
    enter("Go to the cart")
    signed_in.see("Your cart")
    enter("Go to the checkout")
    signed_in.see("Delivery address")
    type_into("name", "Jo Shopper")
    type_into("streetAddress", "1 Example Street")
    type_into("city", "Berlin")
    page.press("Tab")
    page.wait_until("document.activeElement.name === 'country'")
    page.send("Input.dispatchKeyEvent", type="char", text="G")
    page.send("Input.dispatchKeyEvent", type="char", text="e")
    page.wait_until("document.activeElement.value === 'DE'")
    type_into("phoneNumber", "+49 30 000 000")
    page.press("Enter")
    signed_in.shows("#total", "€22.50")
    type_into("card", CARD)
    page.press("Enter")
    signed_in.see("Thank you!")
    made(page.text("#order-id"))
