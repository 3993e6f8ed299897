"""Files are not too long, comments leave no work for later, and links have targets."""

import pytest

from tools.check.rules.links import check_links, headings
from tools.check.rules.sources import MOST_LINES, check_sources
from tools.tests.check.rules.conftest import MakeRepository


def test_a_long_file_is_refused_from_the_first_line_too_many(make: MakeRepository) -> None:
    found = list(check_sources(make({"a.py": "x = 1\n" * MOST_LINES, "b.py": "x = 1\n" * (MOST_LINES + 1)})))
    assert [(each.file, each.line) for each in found] == [("b.py", MOST_LINES + 1)]


@pytest.mark.parametrize("file", ["a.py", "orders/template.yaml", "README.md", "Makefile", "a/schema.graphql"])
def test_a_promise_is_refused(make: MakeRepository, file: str) -> None:
    found = list(check_sources(make({file: "one\n# TO" + "DO later\n"})))
    assert [(each.file, each.line) for each in found] == [(file, 2)]


def test_a_longer_word_does_not_match(make: MakeRepository) -> None:
    assert list(check_sources(make({"a.py": "# a TO" + "DOS is no promise\n"}))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [that](missing.md)", "the link missing.md has no target"),
        ("![picture](pictures/none.svg)", "pictures/none.svg has no target"),
        ("see [that](../other.md#no-such-thing)", "names no heading"),
        ("see [here](#nowhere)", "names no heading"),
        ('<img src="none.svg">', "none.svg has no target"),
        ("[that]: gone.md", "gone.md has no target"),
    ],
)
def test_a_link_that_leads_nowhere(make: MakeRepository, text: str, expected: str) -> None:
    found = list(check_links(make({"docs/a.md": f"# A\n\n{text}\n", "other.md": "# Other\n"})))
    assert [each.line for each in found] == [3], found
    assert expected in found[0].what


@pytest.mark.parametrize(
    "text",
    [
        "[that](../other.md#what-is-it-for)",
        "[folder](../docs/)",
        "[web](https://example.com/none.md) [mail](mailto:a@example.com)",
        "`[code](none.md)`",
        "```\n[code](none.md)\n```",
        "[here](#a)",
        '[titled](../other.md "with a title")',
    ],
)
def test_a_link_that_leads_somewhere(make: MakeRepository, text: str) -> None:
    files = {"docs/a.md": f"# A\n\n{text}\n", "other.md": "# Other\n## What is it `for`?\n"}
    assert list(check_links(make(files))) == []


def test_repeated_headings_are_numbered() -> None:
    assert list(headings("# Same\n# Same\n```\n# no heading\n```\n# [Linked](a.md) one\n")) == [
        "same", "same-1", "linked-one",
    ]  # fmt: skip
