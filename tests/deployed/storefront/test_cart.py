"""The cart: kept over reloads, shared by tabs, merged at the sign-in. And whether products are available."""

from urllib.parse import quote

import pytest

from ecom_client.journey import Staff, new_product
from ecom_client.people import PASSWORD, Person
from ecom_client.platform import Platform
from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]


def test_two_tabs_have_one_cart(platform_outside: Platform, window: Window) -> None:
    kettle = new_product(platform_outside, name="Kettle")["productId"]
    lamp = new_product(platform_outside, name="Lamp")["productId"]
    window.open(f"/product?id={kettle}")
    window.see("In stock")
    with window.page.another_tab() as tab:
        other = Window(tab, window.address)
        other.open(f"/product?id={lamp}")
        other.see("In stock")
        window.press("Add to cart")
        other.press("Add to cart")
        window.see("is in your cart")
        other.see("is in your cart")
        window.shows("header .badge", "2")
        other.shows("header .badge", "2")
        window.open("/cart")
        other.open("/cart")
        window.press("One more Kettle")
        other.press("One more Kettle")
        window.shows("header .badge", "4")
        other.shows("header .badge", "4")
        other.press("Remove Lamp")
        window.gone("Lamp")
    window.reload()
    window.shows("header .badge", "3")


def test_the_anonymous_cart_is_merged_at_the_sign_in(
    platform_outside: Platform, signed_in: Window, person: Person
) -> None:
    pot = new_product(platform_outside, name="Pot")["productId"]
    pan = new_product(platform_outside, name="Pan")["productId"]
    signed_in.add_to_cart(pot)
    signed_in.press("Sign out")
    signed_in.see("Sign in")
    signed_in.add_to_cart(pan, 2)
    signed_in.open(f"/sign-in?next={quote('/cart')}")
    signed_in.sign_in(person.email, PASSWORD)
    signed_in.see("One product from before you signed in is in your cart.")
    signed_in.shows("header .badge", "3")
    assert signed_in.local("shop.cartId") is None


def test_a_lost_answer_adds_once(platform_outside: Platform, window: Window) -> None:
    pot = new_product(platform_outside, name="Pot")["productId"]
    window.add_to_cart(pot)
    window.lose("UpdateCart", 1)
    window.press("Add to cart")
    window.shows("header .badge", "2")
    window.reload()
    window.shows("header .badge", "2")


def test_fast_clicks_are_all_counted(platform_outside: Platform, window: Window) -> None:
    pot = new_product(platform_outside, price=1000, name="Pot")["productId"]
    window.add_to_cart(pot)
    window.press("Go to the cart")
    for _ in range(4):
        window.press("One more Pot")
    window.shows(".summary", "€50.00")
    window.shows("header .badge", "5")
    window.reload()
    window.shows("header .badge", "5")
    window.press("Remove Pot")
    window.see("Your cart is empty.")
    assert window.page.run("document.activeElement.innerText") == "Your cart"


def test_availability_is_live(platform_outside: Platform, window: Window, admin: Person) -> None:
    staff = Staff(platform_outside, admin)
    pot = new_product(platform_outside, name="Pot")["productId"]
    staff.set_stock(pot, 50)
    window.open(f"/product?id={pot}")
    window.see("In stock")
    staff.set_stock(pot, 2)
    window.see("Only a few left")
    staff.set_stock(pot, 0)
    window.see("Sold out")
    assert window.page.run("document.querySelector('.buy button').disabled")


def test_a_sign_in_leads_to_pages_of_the_shop_only(signed_in: Window) -> None:
    signed_in.open(f"/sign-in?next={quote('//evil.example/')}")
    signed_in.see("Good things for everyday life")
    assert signed_in.page.run("location.host") == signed_in.address.removeprefix("http://")
