"""The files of a build: types, cache headers, order, and what is refused."""

from pathlib import Path

import pytest

from tools.deploy.pages.files import ASK_EACH_TIME, FOR_A_YEAR, FOR_AN_HOUR, File, files_of
from tools.project.problems import Problem


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for name in ("index.html", "icon.svg", "assets/index-12345678.js", "assets/index-12345678.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_page_is_last_and_its_files_are_first(bundle: Path) -> None:
    """A browser that loads the page while files are uploaded finds all that it refers to."""
    names = [file.name for file in files_of(bundle, "{}")]
    assert names == [
        "assets/index-12345678.css",
        "assets/index-12345678.js",
        "icon.svg",
        "config.json",
        "index.html",
    ]


def test_the_configuration_is_the_environments_also_when_the_build_has_one(bundle: Path) -> None:
    (bundle / "config.json").write_text('{"apiUrl": "of the developer"}')
    (config,) = (file for file in files_of(bundle, '{"apiUrl": "x"}') if file.name == "config.json")
    assert config.content == b'{"apiUrl": "x"}'


@pytest.mark.parametrize(
    ("name", "content_type", "cache_control"),
    [
        ("index.html", "text/html; charset=utf-8", ASK_EACH_TIME),
        ("config.json", "application/json", ASK_EACH_TIME),
        ("icon.svg", "image/svg+xml", FOR_AN_HOUR),
        ("assets/a-12345678.js", "text/javascript; charset=utf-8", FOR_A_YEAR),
        ("assets/a-12345678.css", "text/css; charset=utf-8", FOR_A_YEAR),
        ("assets/a-12345678.woff2", "font/woff2", FOR_A_YEAR),
    ],
)
def test_types_and_caches(name: str, content_type: str, cache_control: str) -> None:
    file = File(name, b"")
    assert (file.content_type, file.cache_control) == (content_type, cache_control)
    assert "immutable" in FOR_A_YEAR
    assert "31536000" in FOR_A_YEAR


def test_a_fingerprint_is_of_everything_that_is_stored() -> None:
    prints = {
        File(name, content).fingerprint
        for name, content in (("index.html", b"a"), ("index.html", b"b"), ("assets/x.html", b"a"))
    }
    assert len(prints) == 3
    assert File("index.html", b"a").fingerprint in prints


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fonts/a.woff2", "the CDN serves files of assets/ and of the top level"),
        ("CNAME", "names of files have a dot"),
        ("assets/a.exe", "knows no such type"),
    ],
)
def test_files_that_the_cdn_would_not_serve_are_refused(bundle: Path, name: str, message: str) -> None:
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("")
    with pytest.raises(Problem, match=message):
        files_of(bundle, "{}")


def test_a_build_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no index\.html"):
        files_of(tmp_path, "{}")
