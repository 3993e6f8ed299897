"""Every decision in docs/adr has the same form, and its index lists it."""

import re
from pathlib import Path

import pytest

from tools import ROOT

FOLDER = ROOT / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = dict(re.findall(r"^\| \[\d{4}\]\(([^)]+)\) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE))
PARTS = ["Context", "Decision", "Alternatives", "Consequences", "Confirmation"]


def number(path: Path) -> int:
    return int(path.name[:4])


@pytest.mark.parametrize("path", DECISIONS, ids=number)
def test_a_decision_has_a_date_and_all_parts(path: Path) -> None:
    text = path.read_text()
    assert re.match(
        rf"# {number(path)}\. .+\n\nDate: \d{{4}}-\d\d-\d\d\. Status: (accepted|superseded by .+)\.\n", text
    )
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == PARTS


@pytest.mark.parametrize("path", DECISIONS, ids=number)
def test_what_confirms_a_decision_exists(path: Path) -> None:
    confirmation = path.read_text().partition("**Confirmation.**")[2]
    assert confirmation
    for name in re.findall(r"`([a-z*][\w*./-]*/[\w*./-]+)`", confirmation):
        assert list(ROOT.glob(name)), f"{name} does not exist"


@pytest.mark.parametrize("path", DECISIONS, ids=number)
def test_the_index_has_its_title(path: Path) -> None:
    assert path.read_text().splitlines()[0] == f"# {number(path)}. {INDEX.get(path.name)}"


def test_no_number_is_used_twice() -> None:
    assert len({number(path) for path in DECISIONS}) == len(DECISIONS) == len(INDEX)
