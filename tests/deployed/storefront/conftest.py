"""The storefront's pages, built from this checkout, in Chromium."""

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from ecom_client.made import made
from ecom_client.people import PASSWORD, Person, remove_user, temporary_user
from ecom_client.platform import Platform
from tests.deployed.browser import find_browser, running_browser
from tests.deployed.storefront.serving import policy, served
from tests.deployed.storefront.window import Window
from tools import ROOT
from tools.explore.storefront_config import storefront_config
from tools.local.console.build import Build, BuildFailed, Progress
from tools.local.home import Home
from tools.project.aws import target
from tools.project.environments import read_all

WEB = ROOT / "storefront" / "web"
NewWindow = Callable[[], AbstractContextManager[Window]]


@pytest.fixture(scope="session")
def build_folder() -> Path:
    """The folder of the build: the pages in `pages-*`, the npm packages in `packages-*`."""
    folder = Home.from_environment().folder / "storefront"
    folder.mkdir(exist_ok=True)
    build = Build(folder, os.environ, WEB)
    try:
        with (folder / "lock").open("w") as lock:  # the processes of pytest-xdist build one after the other
            fcntl.flock(lock, fcntl.LOCK_EX)
            if build.bundle() is None:
                build.make(Progress())
    except BuildFailed as failure:
        if "cannot be reached" in str(failure):
            pytest.skip("the pages cannot be built: npm's registry is not reachable")
        raise
    return folder


@pytest.fixture(scope="session")
def pages(build_folder: Path) -> Path:
    """The built pages."""
    (folder,) = build_folder.glob("pages-*")
    return folder


@pytest.fixture(scope="session")
def address(platform_outside: Platform, pages: Path) -> Iterator[str]:
    """Where the pages are served."""
    place = target(read_all()[platform_outside.environment])
    config = asdict(storefront_config(place))
    bucket = platform_outside.parameter("pictures/bucket/name")
    uploads = f"{place.client('s3').meta.endpoint_url}/{bucket}"
    if platform_outside.endpoint is None:
        uploads = f"https://{bucket}.s3.{config['region']}.amazonaws.com"
    with served(pages, config, policy(config, platform_outside.parameter("pictures/cdn/url"), uploads)) as url:
        yield url


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
