"""The console sends events and mends dead letters, by keyboard alone."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ecom_client.browser import Page
from ecom_client.made import new_id
from ecom_client.platform import Platform
from tests.deployed.console.keyboard import replace_text, tab_to
from tools.events.catalogue import read_events
from tools.operate.redrive.queue import queue_url
from tools.project.aws import target
from tools.project.environments import read_all
from tools.project.services import discover

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]


def example(name: str) -> dict[str, Any]:
    (event,) = [each for each in read_events() if each.name == name]
    return dict(event.examples[0].event)


def to_editor(page: Page) -> None:
    """From the summary above it, which is open, to the editor's field."""
    for _ in range(4):
        page.press("Tab")
        if page.run("document.activeElement.tagName") == "TEXTAREA":
            return
    pytest.fail("the editor is not reached by Tab")


def test_an_example_is_sent_once_it_fits_its_schema(console: str, page: Page) -> None:
    product = new_id()
    event = example("ProductCreated")
    fitting = {**event, "resources": [product], "detail": {**event["detail"], "productId": product}}
    page.open(f"{console}#/catalogue")
    page.wait_for("#catalogue", "ProductCreated")
    tab_to(page, "ProductCreated", 60)
    page.press("Enter")
    page.wait_for("#entry", "Send an example")
    tab_to(page, "Send an example", 80)
    page.press("Enter")
    to_editor(page)

    replace_text(page, json.dumps({**fitting, "detail": {**fitting["detail"], "price": "1"}}))
    tab_to(page, "Send")
    page.press("Enter")
    page.wait_until("document.querySelector('.verdict')?.innerText.includes('price')")
    page.run("document.querySelector('textarea').focus()")
    replace_text(page, json.dumps(fitting))
    tab_to(page, "Check")
    page.press("Enter")
    page.wait_for(".verdict", "It fits its schema.")
    tab_to(page, "Send")
    page.press("Enter")
    page.wait_for(".verdict", "see who received it")
    tab_to(page, "see who received it")
    page.press("Enter")
    page.wait_for("#event", product)
    page.wait_for("#event", "succeeded platform-on-any-event", 60)
    page.wait_for("#event", "It fits its schema.")


@pytest.fixture
def planted(platform_outside: Platform) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A dead letter whose event lacks its detail: its reason, its event, and the queue that it came from."""
    sqs = platform_outside.client("sqs")
    dead = queue_url(target(read_all()[platform_outside.environment]), discover()["notifications"])
    origin = sqs.create_queue(QueueName=f"console-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    event = {**example("OrderCreated"), "resources": [new_id()], "detail": {}}
    reason = f"planted {uuid.uuid4().hex}"
    try:
        sqs.send_message(
            QueueUrl=dead,
            MessageBody=json.dumps(event),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in {"ERROR_CODE": "INVALID", "ERROR_MESSAGE": reason, "BACK_TO": origin}.items()
            },
        )
        yield reason, event, origin
    finally:
        sqs.delete_queue(QueueUrl=origin)


def test_a_dead_letter_is_mended_and_sent_back(
    platform_outside: Platform, planted: tuple[str, dict[str, Any], str], page: Page
) -> None:
    reason, event, origin = planted
    mended = {**event, "detail": example("OrderCreated")["detail"]}
    tab_to(page, "Dead letters")
    page.press("Enter")
    page.wait_for("main", reason)
    page.wait_until("![...document.querySelectorAll('main button')].some((one) => one.disabled)")
    card = f"[...document.querySelectorAll('.cards > li')].find((one) => one.innerText.includes('{reason}'))"
    page.run(f"{card}.querySelector('summary').focus()")
    tab_to(page, "Mend the payload")
    page.press("Enter")
    to_editor(page)

    tab_to(page, "Redrive with this payload")
    page.press("Enter")
    page.wait_for(".verdict", "OrderCreated: ")  # it does not fit yet, and stays
    page.run(f"{card}.querySelector('textarea').focus()")
    replace_text(page, json.dumps({**mended, "id": "another"}))
    tab_to(page, "Redrive with this payload")
    page.press("Enter")
    page.wait_for(".verdict", "id must stay")
    page.run(f"{card}.querySelector('textarea').focus()")
    replace_text(page, json.dumps(mended))
    tab_to(page, "Redrive with this payload")
    page.press("Enter")
    page.wait_for("#outcome", "mended and sent back")
    page.wait_until(f"!{card}", 20)
    sqs = platform_outside.client("sqs")
    message = sqs.receive_message(QueueUrl=origin, WaitTimeSeconds=5)["Messages"][0]
    assert json.loads(message["Body"]) == mended
