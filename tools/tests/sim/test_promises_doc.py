"""The list of promises in docs/simulator.md begins each entry with the words that a story prints."""

from pathlib import Path

import pytest

from tools.sim.story import PROMISES

TEXT = " ".join((Path(__file__).parents[3] / "docs" / "simulator.md").read_text().split())


@pytest.mark.parametrize("name", PROMISES)
def test_the_docs_have_the_promise_in_the_words_of_a_story(name: str) -> None:
    assert f"- **{name}** {PROMISES[name]}." in TEXT
