"""The console of the local cloud in a Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecom_client.browser import Page, find_browser, running_browser
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tools.local.console.plane import PATH
from tools.tests.local.http import call

BUILD_SECONDS = 180
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.blockedURI));
"""


@pytest.fixture(scope="module")
def console(platform_outside: Platform) -> str:
    """The address of the console, once it is built."""
    if platform_outside.endpoint is None:
        pytest.skip("only the local cloud has a console")
    address = platform_outside.endpoint + PATH

    def built() -> bool:
        answer = call(address)
        if answer.status == 503 and b"cannot be reached" in answer.body:
            pytest.skip("the console cannot be built: npm's registry is not reachable")
        assert answer.status == 200, answer.body
        return b'id="app"' in answer.body

    poll(built, bool, BUILD_SECONDS, "the console is built")
    return address


@pytest.fixture
def page(console: str, tmp_path: Path) -> Iterator[Page]:
    """The list of orders. The browser must refuse nothing of our pages by their content security policy."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    with running_browser(program, tmp_path / "profile") as tab:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        tab.open(f"{console}#/orders")
        tab.wait_until("document.title === 'Orders - console'")
        tab.wait_until("document.querySelector('.connection')?.innerText === 'connected'")
        yield tab
        assert tab.run("window.refused") == []
