"""The page of docs/storefront in a real browser: a shopper signs up, buys, and follows the order."""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ecom_client.browser import Page, find_browser, running_browser, trust
from ecom_client.journey import CARD, new_product
from ecom_client.people import PASSWORD, remove_user
from ecom_client.platform import Platform
from ecom_testkit.mailbox import Mailbox
from tools.explore.storefront_config import StorefrontConfig, storefront_config
from tools.local.home import Home
from tools.project.aws import target
from tools.project.environments import read_all

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]

URLS = ("apiUrl", "cognitoUrl", "paymentUrl")
FOLDER = Path(__file__).parents[2] / "docs" / "storefront"


@pytest.fixture(scope="module")
def browser() -> str:
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    return program


@pytest.fixture
def config(platform_outside: Platform) -> StorefrontConfig:
    return storefront_config(target(read_all()[platform_outside.environment]))


@contextmanager
def served(config: StorefrontConfig) -> Iterator[str]:
    """The page with this configuration, at its address."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/config.json":
                super().do_GET()
                return
            body = json.dumps(asdict(config)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """No line per request in the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(FOLDER))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def email(platform_outside: Platform) -> Iterator[str]:
    at = "example.com" if platform_outside.endpoint else "simulator.amazonses.com"
    address = f"success+page-{uuid.uuid4().hex}@{at}"
    yield address
    remove_user(platform_outside, address)


def sign_up(page: Page, platform: Platform, email: str) -> None:
    page.fill(email=email, password=PASSWORD)
    page.click("#sign-up button")
    page.wait_for("#account", "A code was sent to s***@")
    mailbox = Mailbox(platform)
    if mailbox.exists:
        (mail,) = mailbox.wait_for(email)
        page.fill(code=re.findall(r"\b\d{6}\b", mail.text)[0])
        page.click("#confirm button")
    else:
        pool = platform.parameter("users/user-pool/id")
        platform.client("cognito-idp").admin_confirm_sign_up(UserPoolId=pool, Username=email)
        page.click("#sign-in")
    page.wait_for("#account", f"Signed in as {email}")


def choose(page: Page, product_id: str) -> None:
    page.wait_for("#products", "Add to cart")
    while not page.text(f"#product-{product_id}"):
        shown = page.run("document.querySelectorAll('#products li').length")
        assert not page.run("document.getElementById('more').hidden"), "the product is on no page of the catalogue"
        page.click("#more")
        page.wait_until(f"document.querySelectorAll('#products li').length > {shown}")
    page.click(f"#product-{product_id} button")


def buy_and_cancel(page: Page, platform: Platform, url: str, email: str) -> None:
    product = new_product(platform, price=1250)
    page.open(url)
    choose(page, product["productId"])
    sign_up(page, platform, email)
    page.fill(name="Ann", street="1 Street", city="Berlin", country="DE", phone="1")
    page.click("#address button")
    page.wait_for("#total", "Delivery 10.00, total 22.50.")
    page.fill(card=CARD)
    page.click("#pay button")
    page.wait_for("#order", "NEW, payment AUTHORISED")
    page.wait_until("!document.getElementById('cancel').hidden")
    page.click("#cancel")
    page.wait_for("#changes", "CANCELLED, payment VOIDED")
    assert "CANCELLED, payment VOIDED" in page.text("#order")


def test_a_shopper_signs_up_buys_and_follows_the_order(
    platform_outside: Platform, browser: str, config: StorefrontConfig, email: str, tmp_path: Path
) -> None:
    with served(config) as url, running_browser(browser, tmp_path / "profile") as page:
        buy_and_cancel(page, platform_outside, url, email)


def test_a_page_that_uses_tls_of_the_local_cloud(
    platform_outside: Platform, browser: str, config: StorefrontConfig, email: str, tmp_path: Path
) -> None:
    if platform_outside.endpoint is None:
        pytest.skip("on AWS every page uses TLS")
    secure = replace(config, **{name: getattr(config, name).replace("http:", "https:") for name in URLS})
    switch = trust(Home.from_environment().certificate)
    with served(secure) as url, running_browser(browser, tmp_path / "profile", [switch]) as page:
        buy_and_cancel(page, platform_outside, url, email)


def test_a_refused_card_is_a_message_of_the_provider(
    platform_outside: Platform, browser: str, config: StorefrontConfig, tmp_path: Path
) -> None:
    with served(config) as url, running_browser(browser, tmp_path / "profile") as page:
        page.open(url)
        page.wait_for("#products", "Add to cart")
        refused = page.run(
            f"import('./shop.js').then(({{Shop}}) => new Shop({json.dumps(asdict(config))}).hold('1', 100))"
            ".then(() => 'accepted', (error) => error.message)"
        )
        assert "cardNumber" in refused
