"""docs/where_to_change.md names files that exist, and names that are in them."""

import re
from pathlib import Path

import pytest

from tools import ROOT

PAGE = ROOT / "docs" / "where_to_change.md"
TEXT = PAGE.read_text()
LINKS = sorted(set(re.findall(r"\[([^\]]+)\]\(([^)#]+)", TEXT)))
NAMED = [(text.strip("`"), target) for text, target in LINKS if text.startswith("`")]


def defines(path: Path, name: str) -> bool:
    """A Python file defines the name; another file contains it as a word."""
    word = rf"(?<![\w]){re.escape(name)}(?![\w])"
    pattern = rf"^\s*(?:def|class) +{name}\b|^{name}\b *[:=]" if path.suffix == ".py" else word
    return re.search(pattern, path.read_text(), re.MULTILINE) is not None


def test_the_page_answers_the_likely_changes() -> None:
    assert len(re.findall(r"^## ", TEXT, re.MULTILINE)) >= 10
    assert len(NAMED) >= 10


@pytest.mark.parametrize("target", sorted({target for _, target in LINKS}))
def test_a_named_file_exists(target: str) -> None:
    assert (PAGE.parent / target).exists()


@pytest.mark.parametrize(("name", "target"), NAMED)
def test_a_named_definition_is_in_its_file(name: str, target: str) -> None:
    assert defines(PAGE.parent / target, name)
