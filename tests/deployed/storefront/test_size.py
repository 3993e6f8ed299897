"""What the first page of the shop loads."""

import gzip
import re
from pathlib import Path

import pytest

from tests.deployed.storefront.window import Window

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
MOST_JAVASCRIPT = 120_000
MOST_STYLE = 10_000


def zipped(pages: Path, names: set[str]) -> int:
    return sum(len(gzip.compress((pages / "assets" / name).read_bytes())) for name in names)


def test_the_first_page_is_small(window: Window, pages: Path) -> None:
    window.open("/")
    window.see("In the shop now")
    loaded = "performance.getEntriesByType('resource').map((one) => one.name).filter((one) => one.includes('/assets/'))"
    names = {name.rsplit("/", 1)[1] for name in window.page.run(loaded)}
    scripts = {name for name in names if name.endswith(".js")}
    assert scripts, names
    assert zipped(pages, scripts) <= MOST_JAVASCRIPT
    assert zipped(pages, names - scripts) <= MOST_STYLE
    assert not [name for name in names if re.match(r"(sign_in|staff|app)-", name)]  # loaded by their own pages


def test_the_pages_load_their_own_files_only(pages: Path) -> None:
    page = (pages / "index.html").read_text()
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (pages / address.lstrip("/")).is_file(), address
    assert re.search(r"<script(?![^>]* src=)", page) is None  # the content security policy refuses it
    assert "<style" not in page
    assert " style=" not in page
