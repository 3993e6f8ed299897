"""The template language of the scaffold's files."""

from dataclasses import dataclass

import pytest

from tools.scaffold.render import render


@dataclass(frozen=True)
class Thing:
    name: str


VALUES = {"name": "loyalty", "things": (Thing("A"), Thing("B")), "none": ()}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a <<name>> b", "a loyalty b\n"),
        ("%% for x in things\n- <<x.name>>\n%% end\nz", "- A\n- B\nz\n"),
        ("%% for x in none\n- <<x.name>>\n%% end\nz", "z\n"),
        ("%% if things\nyes\n%% else\nno\n%% end", "yes\n"),
        ("%% if none\nyes\n%% else\nno\n%% end", "no\n"),
        ("%% if none\n%% for x in things\n<<x.name>>\n%% end\n%% end\nz", "z\n"),
        ("%% if none\n%% if things\na\n%% else\nb\n%% end\n%% else\nc\n%% end", "c\n"),
        ("%% for x in things\n%% if name\n<<x.name>>\n%% end\n%% end", "A\nB\n"),
        ("{{file:a}} ${b}\n\n\n", "{{file:a}} ${b}\n"),
    ],
)
def test_a_template_is_rendered(text: str, made: str) -> None:
    assert render(text, VALUES) == made


@pytest.mark.parametrize("text", ["%% if name\na", "%% for x in things\na", "%% end", "%% while x", "%% else"])
def test_an_incomplete_block_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"%%|directive"):
        render(text, VALUES)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("<<unknown>>", VALUES)
