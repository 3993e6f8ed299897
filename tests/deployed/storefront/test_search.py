"""Products found by words, narrowed by filters, sorted; the address is the search."""

from uuid import uuid4

import pytest

from ecom_client.journey import Staff, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
PAGE = 20  # products that a list shows at first
BAND = "€10.00 \u2013 €24.99"
NAMES = "[...document.querySelectorAll('.card .name')].map((one) => one.innerText)"
TICKED = """[...document.querySelectorAll('.filters label')].filter((one) => one.querySelector(':checked'))
  .map((one) => one.querySelector('span').textContent)"""


def names(window: Window) -> list[str]:
    found: list[str] = window.page.run(NAMES)
    return found


def shows(window: Window, *expected: str) -> None:
    poll(lambda: names(window), lambda found: found == list(expected), 30, f"exactly {expected}")


def test_a_search_with_filters_and_sort(platform_outside: Platform, window: Window) -> None:
    word = f"w{uuid4().hex[:12]}"
    new_product(platform_outside, price=900, name=f"{word} spoon", category="kitchen", tags=["wood"])
    new_product(platform_outside, price=3000, name=f"{word} spade", category="garden", tags=["steel", "wood"])
    new_product(platform_outside, price=2000, name=f"{word} pan", category="kitchen", tags=["steel"])
    window.open("/")
    window.see("In the shop now")

    def found() -> list[str]:
        """The index has a new product some moments later."""
        window.open(f"/products?text={word}&sort=PRICE_ASC")
        window.see("Sort by")
        window.page.wait_until("document.querySelector('.toolbar p').innerText !== ''")
        return names(window)

    poll(found, lambda shown: len(shown) == 3, 30, "three products in the index")
    shows(window, f"{word} spoon", f"{word} pan", f"{word} spade")
    choose(window, "Steel")
    shows(window, f"{word} pan", f"{word} spade")
    assert window.page.run("location.search").endswith("&tag=steel")
    choose(window, "Kitchen")
    shows(window, f"{word} pan")
    window.reload()
    shows(window, f"{word} pan")
    choose(window, "Steel")
    shows(window, f"{word} spoon", f"{word} pan")
    window.page.click("header .basket")
    window.see("Your cart")
    window.page.run("history.back()")
    shows(window, f"{word} spoon", f"{word} pan")


def test_a_list_says_what_is_sold_out(platform_outside: Platform, window: Window, admin: Person) -> None:
    word = f"w{uuid4().hex[:12]}"
    product = new_product(platform_outside, name=f"{word} spoon")
    Staff(platform_outside, admin).set_stock(product["productId"], 0)

    def found() -> bool:
        window.open(f"/products?text={word}")
        window.see("Sort by")
        window.page.wait_until("document.querySelector('.toolbar p').innerText !== ''")
        return bool(names(window))

    poll(found, bool, 30, "the product in the index")
    window.shows(".card .level", "Sold out")
    choose(window, BAND)
    choose(window, "Only what is in stock")
    window.see("Nothing was found.")
    assert ticked(window) == ["Only what is in stock", BAND]
    choose(window, BAND)
    choose(window, "Only what is in stock")
    shows(window, f"{word} spoon")


def test_a_search_from_the_header_finds_nothing(window: Window) -> None:
    window.open("/")
    window.see("In the shop now")
    window.fill(text="qqqqqqqqqqqqqq")
    window.press("Search")
    window.see("Nothing was found.")
    window.press("Show everything")
    window.page.wait_until("document.querySelectorAll('.card .name').length > 0")


def test_back_shows_a_list_as_it_was_left(platform_outside: Platform, window: Window) -> None:
    word = f"w{uuid4().hex[:12]}"
    for number in range(PAGE + 5):
        new_product(platform_outside, name=f"{word} {number}")

    def found() -> str:
        window.open(f"/products?text={word}")
        window.see("Sort by")
        window.page.wait_until("document.querySelector('.toolbar p').innerText !== ''")
        return window.page.text(".toolbar p")

    poll(found, lambda text: str(PAGE + 5) in text, 60, "all products in the index")
    first = len(names(window))
    assert first == PAGE
    window.press("Show more")
    window.page.wait_until(f"document.querySelectorAll('.card .name').length > {first}")
    listed = names(window)
    last = "[...document.querySelectorAll('.card')].at(-1)"
    window.page.run(f"{last}.scrollIntoView({{ block: 'center' }})")
    before = window.page.run("scrollY")
    window.page.run(f"{last}.click()")
    window.page.wait_until("location.pathname === '/product'")
    window.page.wait_until("scrollY === 0")
    window.page.run("history.back()")
    shows(window, *listed)
    window.page.wait_until(f"Math.abs(scrollY - {before}) < innerHeight / 2")


def test_a_search_shows_the_catalogue_of_now(platform_outside: Platform, window: Window) -> None:
    """Again at the same address, and by a link to it: only "back" shows the list of before."""
    word = f"w{uuid4().hex[:12]}"
    product_id = new_product(platform_outside, price=900, name=f"{word} spoon")["productId"]

    def searched() -> str:
        window.fill(text=word)
        window.press("Search")
        window.see(f"Results for “{word}”")
        window.page.wait_until("document.querySelector('.toolbar p').innerText !== ''")
        return window.text()

    def searched_from_home() -> str:
        window.page.click("header .brand")
        window.see("In the shop now")
        return searched()

    window.open("/")
    window.see("In the shop now")
    poll(searched, lambda text: "€9.00" in text, 30, "the product in the index")
    set_price(platform_outside, product_id, 1100)
    poll(searched, lambda text: "€11.00" in text, 30, "the price at the same address")
    set_price(platform_outside, product_id, 1300)
    poll(searched_from_home, lambda text: "€13.00" in text, 30, "the price by a link")


def set_price(platform: Platform, product_id: str, price: int) -> None:
    platform.client("dynamodb").update_item(
        TableName=platform.parameter("products/table/name"),
        Key={"productId": {"S": product_id}},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": {"N": str(price)}},
    )


def ticked(window: Window) -> list[str]:
    """The labels of the filters that are chosen."""
    found: list[str] = window.page.run(TICKED)
    return found


def choose(window: Window, label: str) -> None:
    """Press the check box with this label."""
    script = f"""(() => {{
      const found = [...document.querySelectorAll('.filters label')].find((one) =>
        one.querySelector('span')?.textContent === {label!r});
      found?.querySelector('input').click();
      return !!found; }})()"""
    window.page.wait_until(script)
