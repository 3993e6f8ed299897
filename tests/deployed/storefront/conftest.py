"""The storefront's pages in Chromium, as the running platform serves them."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from ecom_client.browser import find_browser, running_browser
from ecom_client.made import made
from ecom_client.people import PASSWORD, Person, remove_user, temporary_user
from ecom_client.platform import Platform
from tests.deployed.storefront.window import Window
from tools.deploy.pages.publish import build_of
from tools.project.services import one

NewWindow = Callable[[], AbstractContextManager[Window]]


@pytest.fixture(scope="session")
def pages() -> Path:
    """The built pages, which the platform serves."""
    bundle = build_of(one("storefront")).bundle()
    if bundle is None:
        pytest.skip("the pages are not built: npm's registry was not reachable")
    return bundle


@pytest.fixture(scope="session")
def address(platform_outside: Platform, pages: Path) -> str:
    """Where the pages are served."""
    return platform_outside.parameter("storefront/url")


@pytest.fixture
def new_window(address: str, tmp_path: Path) -> NewWindow:
    """Opens a window of a browser of its own. At its end, the browser must have refused nothing of the pages."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")

    @contextmanager
    def window() -> Iterator[Window]:
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        with running_browser(program, folder / "profile") as page:
            found = Window(page, address)
            yield found
            assert found.refused() in ([], None)
            if cart := found.local("shop.cartId"):
                made(cart)

    return window


@pytest.fixture
def window(new_window: NewWindow) -> Iterator[Window]:
    with new_window() as found:
        yield found


@pytest.fixture
def person(platform_outside: Platform) -> Iterator[Person]:
    """A shopper with the password of tests."""
    with temporary_user(platform_outside) as found:
        made(found.user_id)
        yield found


@pytest.fixture
def clerk(platform_outside: Platform) -> Iterator[Person]:
    """Staff who pack, deliver and decide."""
    with temporary_user(platform_outside, "admin", "warehouse", "delivery") as found:
        yield found


@pytest.fixture
def email(platform_outside: Platform) -> Iterator[str]:
    """The address of a person who has no account yet."""
    at = "example.com" if platform_outside.endpoint else "simulator.amazonses.com"
    found = f"success+shop-{uuid.uuid4().hex}@{at}"
    yield found
    remove_user(platform_outside, found)


@pytest.fixture
def signed_in(window: Window, person: Person) -> Window:
    """A window in which `person` is signed in, at the start page."""
    window.open("/sign-in")
    window.sign_in(person.email, PASSWORD)
    window.see("My orders")
    return window


@pytest.fixture
def desk(new_window: NewWindow, clerk: Person) -> Iterator[Window]:
    """A second window, in which `clerk` is signed in at the staff pages."""
    with ExitStack() as stack:
        found = stack.enter_context(new_window())
        found.open("/staff/")
        found.sign_in(clerk.email, PASSWORD)
        found.see("To pack")
        yield found
