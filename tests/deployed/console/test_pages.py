"""The console of the local cloud in a real browser: an order that is placed by API appears, and is read by keyboard."""

import json
import uuid

import pytest

from ecom_client.browser import Page
from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from tests.deployed.console.keyboard import focused, tab_to
from tools.operate.redrive.queue import queue_url
from tools.project.aws import target
from tools.project.environments import read_all
from tools.project.services import discover

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]

# Less than a second on an idle machine, which the tests do not have.
SOON = 5.0


def test_an_order_appears_opens_by_keyboard_and_moves(
    platform_outside: Platform, shopper: Person, admin: Person, page: Page
) -> None:
    buyer, staff = Shopper(platform_outside, shopper), Staff(platform_outside, admin)
    order_id = buyer.buy(lines((new_product(platform_outside, price=1000), 2)))["orderId"]
    page.wait_until(f"document.getElementById('orders')?.innerText.includes('{order_id}')", SOON)

    tab_to(page, order_id)
    page.press("Enter")
    page.wait_until(f"document.activeElement.innerText === 'Order {order_id}'")  # the heading, for screen readers
    page.wait_for("#steps", "the order is accepted")
    tab_to(page, "the provider holds")
    before = page.text("#step h2")
    page.press("ArrowDown")
    page.wait_until(f"document.querySelector('#step h2').innerText !== {json.dumps(before)}")
    assert page.text("#step h2") in focused(page)

    staff.pack(order_id)
    page.wait_for("#steps", "the order is packed")
    page.run(
        "[...document.querySelectorAll('#steps button')].find((one) => one.innerText.includes('accepted')).click()"
    )
    page.wait_for("#step", "Event OrderCreated")
    assert order_id in page.text("#step pre")
    staff.deliver(order_id)
    page.wait_for("#summary", "FULFILLED, payment CAPTURED")


def test_orders_are_found_by_the_shoppers_address(platform_outside: Platform, shopper: Person, page: Page) -> None:
    buyer = Shopper(platform_outside, shopper)
    order_id = buyer.buy(lines((new_product(platform_outside), 1)))["orderId"]
    page.run("document.getElementById('search').focus()")
    page.send("Input.insertText", text=shopper.email)
    page.wait_until("document.querySelector('#orders caption')?.innerText === 'Orders found'")
    page.wait_until(f"document.getElementById('orders')?.innerText.includes('{order_id}')", 10)
    buyer.cancel(order_id)
    page.wait_until(
        "[...document.querySelectorAll('#orders tr')].some((row) =>"
        f" row.innerText.includes('{order_id}') && row.innerText.includes('CANCELLED'))",
        10,
    )


def test_a_chart_shows_a_new_order(platform_outside: Platform, shopper: Person, console: str, page: Page) -> None:
    """The page reads the values again by itself."""
    page.open(f"{console}#/dashboards/ecommerce-{platform_outside.environment}-orders")
    chart = "document.querySelector('#dashboard section[aria-label=Orders] svg')"
    page.wait_until(f"{chart}?.getAttribute('aria-label').includes('OrdersCreated')", 30)
    page.run(  # no value leaves the chart meanwhile
        "const time = [...document.querySelectorAll('main select')].at(-1); time.value = '24';"
        " time.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    shown = (
        "[...document.querySelectorAll('#dashboard section[aria-label=Orders] circle title')]"
        ".map((one) => /^OrdersCreated: ([0-9.,]+) /.exec(one.textContent)?.[1] ?? '0')"
        ".reduce((sum, each) => sum + Number(each.replaceAll(',', '')), 0)"
    )
    before = page.run(shown)
    Shopper(platform_outside, shopper).buy(lines((new_product(platform_outside), 1)))
    page.wait_until(f"{shown} > {before}", 60)


def test_an_event_is_shown_with_those_who_received_it(
    platform_outside: Platform, shopper: Person, console: str, page: Page
) -> None:
    order_id = Shopper(platform_outside, shopper).buy(lines((new_product(platform_outside), 1)))["orderId"]
    page.open(f"{console}#/events")
    page.wait_for("#events", order_id)
    row = (
        "[...document.querySelectorAll('#events a')].find((one) =>"
        f" one.innerText.includes('OrderCreated') && one.innerText.includes('{order_id}'))"
    )
    page.wait_until(f"!!{row}", 10)
    page.run(f"{row}.click()")
    page.wait_for("#event", "warehouse-")
    assert order_id in page.text("#event pre")
    page.click("#event [aria-label^='Send again by rule warehouse-']")
    page.wait_for("#event", "Sent again to 1 of its targets.")


def test_the_page_now_shows_every_service_with_events(console: str, page: Page) -> None:
    page.open(f"{console}#/now")
    page.wait_until("!!document.querySelector('svg .box')")
    boxes = page.run("[...document.querySelectorAll('svg .box')].map((box) => box.textContent)")
    assert {"orders", "payment", "warehouse", "delivery", "notifications"} <= set(boxes)
    page.wait_until("!!document.querySelector('#alarms')")


def test_a_dead_letter_is_redriven_and_another_is_dropped(platform_outside: Platform, console: str, page: Page) -> None:
    sqs = platform_outside.client("sqs")
    dead = queue_url(target(read_all()[platform_outside.environment]), discover()["notifications"])
    origin = sqs.create_queue(QueueName=f"console-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    words = {name: f"{name} {uuid.uuid4().hex}" for name in ("redriven", "dropped")}
    try:
        for text in words.values():
            attributes = {"ERROR_CODE": "PLANTED", "ERROR_MESSAGE": text, "BACK_TO": origin}
            sqs.send_message(
                QueueUrl=dead,
                MessageBody=json.dumps({"detail-type": text, "resources": []}),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        page.open(f"{console}#/dead-letters")
        for name, button in (("redriven", "Redrive"), ("dropped", "Drop")):
            card = f"[...document.querySelectorAll('.cards li')].find((one) => one.innerText.includes('{words[name]}'))"
            page.wait_until(f"!!{card}")
            page.wait_until(f"!{card}.querySelector('[aria-label^={button}]').disabled")
            page.run(f"{card}.querySelector('[aria-label^={button}]').click()")
            if button == "Drop":
                page.wait_until("document.querySelector('dialog').open")
                page.click("dialog .danger")
            page.wait_until(f"!{card}", 20)
        message = sqs.receive_message(QueueUrl=origin, WaitTimeSeconds=5)["Messages"][0]
        assert json.loads(message["Body"])["detail-type"] == words["redriven"]
        assert "Messages" not in sqs.receive_message(QueueUrl=origin)
    finally:
        sqs.delete_queue(QueueUrl=origin)


def test_a_mail_is_shown(platform_outside: Platform, shopper: Person, console: str, page: Page) -> None:
    order_id = Shopper(platform_outside, shopper).buy(lines((new_product(platform_outside), 1)))["orderId"]
    page.open(f"{console}#/mail")
    page.wait_until("!!document.querySelectorAll('.filters input')[1]")
    page.run("document.querySelectorAll('.filters input')[1].focus()")
    page.send("Input.insertText", text=order_id)
    page.wait_until("document.querySelectorAll('#mails a').length === 1", 20)
    page.click("#mails a")
    page.wait_for("pre", order_id)
