"""From the product to the parcel and back: a shopper and a clerk, each in a window."""

import re

import pytest

from ecom_client.journey import CARD, new_product
from ecom_client.made import made
from ecom_client.people import PASSWORD, Person
from ecom_client.platform import Platform
from ecom_testkit.mailbox import Mailbox
from tests.deployed.storefront.conftest import NewWindow
from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
# What screen readers read at once.
ALERTS = "[...document.querySelectorAll('[role=alert]')].map((one) => one.innerText)"


def test_a_new_shopper_creates_an_account_with_the_code_of_the_mail(
    mailbox: Mailbox, window: Window, email: str
) -> None:
    window.open("/sign-up")
    window.fill(email=email, password="weak")
    window.press("Create the account")
    window.see("At least 8 characters")
    window.fill(email=email, password=PASSWORD)
    window.press("Create the account")
    window.see("Confirm your address")
    window.fill(code="000000")
    window.press("Confirm")
    window.see("This code is not right")
    window.reload()
    window.see("Confirm your address")  # a reload loses nothing but the password
    (mail,) = mailbox.wait_for(email)
    window.fill(code=re.findall(r"\b\d{6}\b", mail.text)[0])
    window.press("Confirm")
    window.see("Forgot your password?")
    window.sign_in(email, PASSWORD)
    window.see("My orders")


def test_a_sign_up_whose_answers_are_lost(mailbox: Mailbox, window: Window, email: str) -> None:
    window.open("/sign-up")
    window.fill(email=email, password=PASSWORD)
    window.lose("UserAttributes", 1)
    window.press("Create the account")
    window.see("The shop could not be reached.")
    window.press("Create the account")
    window.see("Confirm your address")
    mails = mailbox.wait_for(email, count=2)
    window.fill(code=re.findall(r"\b\d{6}\b", mails[-1].text)[0])
    window.lose("ConfirmationCode", 1)
    window.press("Confirm")
    window.see("The shop could not be reached.")
    window.press("Confirm")
    window.see("My orders")
    window.press("Sign out")
    window.see("Sign in")
    window.open("/sign-up")
    window.fill(email=email, password=PASSWORD)
    window.press("Create the account")
    window.see("There is an account with this address already.")
    assert mailbox.mails(email) == mails


def test_a_code_is_entered_after_the_tab_was_closed(mailbox: Mailbox, window: Window, email: str) -> None:
    window.open("/sign-up")
    window.fill(email=email, password=PASSWORD)
    window.press("Create the account")
    window.see("Confirm your address")
    window.page.run("sessionStorage.clear()")
    window.open("/sign-in")
    window.see("New here?")
    window.sign_in(email, PASSWORD)
    window.see("Confirm your address")
    window.page.run("sessionStorage.clear()")
    window.open("/sign-up")
    window.fill(email=email, password=f"{PASSWORD}-2")
    window.press("Create the account")
    window.see("Confirm your address")
    mails = mailbox.wait_for(email, count=2)
    window.fill(code=re.findall(r"\b\d{6}\b", mails[-1].text)[0])
    window.press("Confirm")
    window.see("Its account was created before, with another password.")
    window.reload()
    window.see("Choose your password")
    mails = mailbox.wait_for(email, count=3)
    window.fill(code=re.findall(r"\b\d{6}\b", mails[-1].text)[0], password=f"{PASSWORD}-2")
    window.lose("AccessToken", 1)
    window.press("Set the password")
    window.see("The shop could not be reached.")
    window.press("Set the password")
    window.see("My orders")


def test_a_forgotten_password_is_replaced_and_other_sessions_end(
    mailbox: Mailbox, window: Window, new_window: NewWindow, person: Person
) -> None:
    with new_window() as elsewhere:
        elsewhere.open("/sign-in")
        elsewhere.sign_in(person.email, PASSWORD)
        elsewhere.see("My orders")
        window.open("/sign-in")
        window.sign_in(person.email, "Wrong-0-password")
        window.see("The e-mail address or the password is not right.")
        window.press("Forgot your password?")
        window.fill(email=person.email)
        window.press("Send a code")
        window.see("Choose a new password")
        (mail,) = mailbox.wait_for(person.email)
        window.fill(code=re.findall(r"\b\d{6}\b", mail.text)[0], password=f"{PASSWORD}-2")
        window.press("Set the password")
        window.see("My orders")
        elsewhere.reload()
        elsewhere.see("Sign in")
        elsewhere.gone("My orders")
        window.reload()
        window.see("My orders")


def test_from_the_product_to_the_parcel_and_back(
    platform_outside: Platform, window: Window, desk: Window, person: Person
) -> None:
    product = new_product(platform_outside, price=1250, name="Copper pot")
    window.add_to_cart(product["productId"], 2)
    window.press("Go to the cart")
    window.see("€25.00")
    window.press("Go to the checkout")
    window.see("New here?")
    window.sign_in(person.email, PASSWORD)
    window.see("Delivery address")
    window.press("Continue to payment")
    window.see("Please enter your name.")
    window.address_form()
    window.shows("#total", "€35.00")
    window.fill(card=CARD)
    window.press("Pay €35.00 and order")
    window.see("Thank you! Your order is made.")
    order_id = made(window.page.text("#order-id"))
    window.shows("#order-state", "Ordered")

    desk.open(f"/staff/packing/{order_id}")
    desk.see("Copper pot")
    desk.press("Start packing")
    desk.press("One less Copper pot")
    desk.see("Some units are missing")
    desk.press("Later")
    desk.see("To pack")
    desk.open(f"/staff/packing/{order_id}")
    desk.see("Some units are missing")
    desk.press("Go on without them")
    desk.press("The package is complete")
    desk.see("This order is packed.")
    window.shows("#order-state", "Packed")
    window.see("€22.50")

    desk.open("/staff/deliveries")
    desk.press(f"Start {order_id}", 60)
    desk.fill(carrier="Post", trackingNumber="PP 123")
    desk.press("The parcel is on its way")
    window.shows("#order-state", "On its way")
    window.shows("#tracking", "PP 123")
    desk.press("Delivered")
    desk.press("No")
    desk.press("Delivered")
    desk.press("Yes, it is delivered")
    desk.see("The parcel is delivered.")
    window.shows("#order-state", "Delivered")
    window.shows("#payment-state", "Charged to your card.")

    window.press("Send something back")
    window.press("Ask for the return")
    window.page.wait_until(f"{ALERTS}.some((text) => text.includes('at least one product'))")
    window.fill(**{product["productId"]: "1", "reason": "It is too heavy"})
    window.press("Ask for the return")
    window.see("Asked for.")
    desk.open("/staff/returns")
    desk.see("It is too heavy")
    desk.press("Refuse …")
    desk.press("Refuse")
    desk.see("Please enter a reason.")
    desk.press("Back")
    desk.press("Approve")
    desk.see("Approved.")
    desk.press("Received")
    desk.see("Received. The stock and the money follow by themselves.")
    window.shows("#refunded", "€12.50", 60)
    window.see("Paid back.", 60)


def test_an_order_is_cancelled_by_its_shopper(platform_outside: Platform, signed_in: Window) -> None:
    product = new_product(platform_outside, price=1250)
    signed_in.add_to_cart(product["productId"])
    signed_in.press("Go to the cart")
    signed_in.press("Go to the checkout")
    signed_in.address_form()
    signed_in.fill(card="1234")
    signed_in.press("Pay €22.50 and order")
    signed_in.see("A card number has 16 digits.")
    signed_in.fill(card=CARD)
    signed_in.press("Pay €22.50 and order")
    signed_in.see("Thank you!")
    made(signed_in.page.text("#order-id"))
    signed_in.double_click("Cancel the order")
    signed_in.see("Cancel the whole order?")
    signed_in.press("No")
    signed_in.page.wait_until("document.activeElement.innerText === 'Cancel the order'")
    signed_in.press("Cancel the order")
    signed_in.press("Yes, cancel it")
    signed_in.shows("#order-state", "Cancelled")
    signed_in.shows("#payment-state", "Nothing is charged.")
