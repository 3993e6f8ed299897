"""The pages: their types, their own tests, and what their build makes. Skipped where npm cannot be reached."""

import re
from pathlib import Path

import pytest

from tools.deploy.pages.files import files_of
from tools.deploy.pages.publish import build_of
from tools.local.web.build import Progress, Unreachable
from tools.project.services import one

SERVICE = one("storefront")
LARGEST_FIRST_PAGE = 250_000  # scripts and styles that every visitor loads, before they are compressed


def run(script: str) -> None:
    try:
        build_of(SERVICE).run_script(script, Progress())
    except Unreachable:
        pytest.skip("the pages cannot be checked: npm's registry is not reachable")


def test_the_sources_have_no_type_errors() -> None:
    run("check")


def test_their_own_tests_pass() -> None:
    run("test")


@pytest.fixture(scope="module")
def bundle() -> Path:
    build = build_of(SERVICE)
    try:
        return build.bundle() or build.make(Progress())
    except Unreachable:
        pytest.skip("the pages cannot be built: npm's registry is not reachable")


def test_the_page_loads_its_own_files_only(bundle: Path) -> None:
    page = (bundle / "index.html").read_text()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any(address.endswith(".js") for address in addresses)
    for address in addresses:
        assert (bundle / address.removeprefix("/")).is_file(), address
    assert re.search(r"<script(?![^>]* src=)", page) is None  # the content security policy refuses it
    assert "<style" not in page
    assert re.search(r"\sstyle=", page) is None


def test_the_first_page_is_small(bundle: Path) -> None:
    page = (bundle / "index.html").read_text()
    files = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', page)
    assert sum((bundle / name).stat().st_size for name in files) < LARGEST_FIRST_PAGE


def test_the_build_can_be_uploaded(bundle: Path) -> None:
    files = files_of(bundle, "{}")
    assert files[-1].name == "index.html"
    assert all(re.search(r"-[\w-]{8}\.\w+$", file.name) for file in files if file.name.startswith("assets/"))


def test_the_lock_of_npm_names_no_registry() -> None:
    assert SERVICE.pages is not None
    lock = (SERVICE.pages / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
