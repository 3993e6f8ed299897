"""Answers that get lost, a network that goes away, and reloads at the wrong moment."""

import json
from typing import Any

import pytest

from ecom_client.journey import CARD, Shopper, new_product
from ecom_client.made import made
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]


def to_payment(window: Window, product: dict[str, Any]) -> None:
    window.add_to_cart(product["productId"])
    window.press("Go to the cart")
    window.press("Go to the checkout")
    window.address_form()
    window.shows("#total", "€22.50")
    window.fill(card=CARD)


def orders_of(platform: Platform, person: Person) -> list[str]:
    return [order["orderId"] for order in Shopper(platform, person).orders()["orders"]]


def test_lost_answers_of_the_checkout_make_one_order(
    platform_outside: Platform, signed_in: Window, person: Person
) -> None:
    to_payment(signed_in, new_product(platform_outside, price=1250))
    signed_in.lose("/checkout", 3)
    signed_in.press("Pay €22.50 and order")
    signed_in.see("Thank you!")
    assert orders_of(platform_outside, person) == [made(signed_in.page.text("#order-id"))]


def test_a_reload_in_the_middle_of_the_checkout_makes_one_order(
    platform_outside: Platform, signed_in: Window, person: Person
) -> None:
    to_payment(signed_in, new_product(platform_outside, price=1250))
    signed_in.lose("/checkout", 1000)
    signed_in.press("Pay €22.50 and order")
    signed_in.see("Your order is being made.")
    signed_in.page.wait_until("Number(sessionStorage.getItem('test.lose')) < 1000")
    signed_in.lose("/checkout", 0)
    signed_in.reload()
    signed_in.see("Thank you!")
    assert orders_of(platform_outside, person) == [made(signed_in.page.text("#order-id"))]


def test_a_network_that_is_away_when_the_shopper_pays(
    platform_outside: Platform, signed_in: Window, person: Person
) -> None:
    to_payment(signed_in, new_product(platform_outside, price=1250))
    signed_in.set_offline(is_offline=True)
    signed_in.press("Pay €22.50 and order")
    signed_in.see("You are offline. Nothing is lost")
    assert orders_of(platform_outside, person) == []
    signed_in.set_offline(is_offline=False)
    signed_in.press("Pay €22.50 and order")
    signed_in.see("Thank you!")
    assert orders_of(platform_outside, person) == [made(signed_in.page.text("#order-id"))]


def test_what_was_typed_survives_a_reload(platform_outside: Platform, signed_in: Window) -> None:
    product = new_product(platform_outside, price=1250)
    signed_in.add_to_cart(product["productId"])
    signed_in.open("/checkout")
    signed_in.fill(name="Ann", city="Aarhus")
    signed_in.reload()
    signed_in.page.wait_until("document.querySelector('[name=city]')?.value === 'Aarhus'")
    assert signed_in.page.run("document.querySelector('[name=name]').value") == "Ann"


def test_a_price_that_changed_is_shown_and_must_be_accepted(platform_outside: Platform, signed_in: Window) -> None:
    product = new_product(platform_outside, price=1250)
    to_payment(signed_in, product)
    table = platform_outside.parameter("products/table/name")
    platform_outside.client("dynamodb").update_item(
        TableName=table,
        Key={"productId": {"S": product["productId"]}},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": {"N": "1500"}},
    )
    signed_in.press("Pay €22.50 and order")
    signed_in.see("Nothing was ordered, and nothing is charged.")
    stored = json.loads(signed_in.page.run("sessionStorage.getItem('shop.checkout')"))
    made(stored["hold"]["token"])  # the provider holds it until it expires
    signed_in.press("Go to the cart")
    signed_in.see("€12.50")

    def reloaded() -> str:
        signed_in.reload()
        signed_in.see("each")
        return signed_in.text()

    poll(reloaded, lambda text: "it was €12.50" in text, 30, "the new price")  # the cart's are some seconds old at most
    signed_in.press("Go to the checkout")
    signed_in.press("Continue to payment")
    signed_in.shows("#total", "€25.00")
    signed_in.fill(card=CARD)
    signed_in.press("Pay €25.00 and order")
    signed_in.see("Thank you!")
    made(signed_in.page.text("#order-id"))


def test_a_live_page_goes_on_after_the_network_was_away(
    platform_outside: Platform, signed_in: Window, person: Person
) -> None:
    shopper = Shopper(platform_outside, person)
    order_id = shopper.buy([{**new_product(platform_outside, price=1250), "quantity": 1}])["orderId"]
    signed_in.open(f"/orders/{order_id}")
    signed_in.shows("#order-state", "Ordered")
    signed_in.set_offline(is_offline=True)
    signed_in.see("You are offline.")
    shopper.cancel(order_id)
    signed_in.set_offline(is_offline=False)
    signed_in.shows("#order-state", "Cancelled")


def test_a_page_whose_script_cannot_be_loaded_offers_a_reload(window: Window) -> None:
    window.open("/")
    window.see("In the shop now")
    window.page.send("Network.enable")
    window.page.send("Network.setCacheDisabled", cacheDisabled=True)
    window.page.send("Network.setBlockedURLs", urls=["*/assets/*"])
    window.press("Sign in")
    window.see("This page could not be loaded")
    window.page.send("Network.setBlockedURLs", urls=[])
    window.press("Reload the page")
    window.see("New here?")


def test_a_reload_while_cognito_does_not_answer(signed_in: Window, desk: Window) -> None:
    for window, path, words in (
        (signed_in, "/orders", "You have not ordered anything yet."),
        (desk, "/staff/packing", "To pack"),
    ):
        window.open(path)
        window.see(words)
        window.lose("REFRESH_TOKEN_AUTH", 1)
        window.open(path)
        window.page.wait_until("sessionStorage.getItem('test.lose') === '0'")
        window.see(words)
        window.lose("REFRESH_TOKEN_AUTH", 1000)
        window.open(path)
        window.see("The shop could not be reached.")
        window.lose("REFRESH_TOKEN_AUTH", 0)
        window.press("Try again")
        window.see(words)
