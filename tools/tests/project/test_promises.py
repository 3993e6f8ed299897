"""docs/promises.md names tests that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from tools import ROOT
from tools.project import services

PAGE = (ROOT / "docs" / "promises.md").read_text()
NAMED = sorted(set(re.findall(r"`([a-z0-9-]+)::(test_\w+)`", PAGE)) - {("cart", "test_x")})
OTHERS = {"platform": Path("tests"), "local": Path("tools/tests/local"), "project": Path("tools/tests/project")}


@cache
def names_of_tests(folder: Path) -> frozenset[str]:
    texts = (path.read_text() for path in (ROOT / folder).rglob("*.py"))
    return frozenset(name for text in texts for name in re.findall(r"def (test_\w+)\(", text))


def test_every_promise_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) > 30
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize("area", sorted({area for area, _ in NAMED}))
def test_the_named_tests_exist(area: str) -> None:
    folder = OTHERS.get(area, Path(area) / "tests")
    assert area in OTHERS or area in services.names()
    named = {name for each, name in NAMED if each == area} - {"test_x"}
    assert sorted(named - names_of_tests(folder)) == []
