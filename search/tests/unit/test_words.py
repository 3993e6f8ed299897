"""Words of a text, and typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.tests.naive import is_one_error_away
from search_service.words import fold, forgives, one_error_away, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Electric kettle", ["electric", "kettle"]),
        ("  tea-pot_2, (1.5l)! ", ["tea", "pot", "2", "1", "5l"]),
        ("", []),
        ('?!* "OR" -x', ["or", "x"]),
        ("Crème BRÛLÉE", ["creme", "brulee"]),
        ("creme\u0301", ["creme"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("İstanbul ıslak", ["istanbul", "islak"]),  # noqa: RUF001 - the Turkish letters are meant
        ("Smørebrød Łódź Æther", ["smorebrod", "lodz", "aether"]),
        ("Чайник ЧАЙНИК", ["чаиник", "чаиник"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("電気ケトル 2号", ["電気ケトル", "2号"]),
        ("हिन्दी", ["हनद"]),
        ("１２ ｆｕｌｌ ²", ["12", "full", "2"]),  # noqa: RUF001 - wide characters are meant
        ("a\u00adb c\u200bd", ["a", "b", "c", "d"]),
        ("🫖tea🫖", ["tea"]),
    ],
)
def test_words_have_neither_case_nor_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert words_of(" ".join(words_of(text))) == words_of(text)


@given(st.text())
def test_case_never_matters(text: str) -> None:
    assert words_of(text.upper().lower()) == words_of(text.upper())
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize(
    ("word", "forgiven"), [("lamp", False), ("lamps", True), ("12345", False), ("ab123", False), ("чайник", True)]
)
def test_words_of_five_letters_are_forgiven(word: str, forgiven: bool) -> None:
    assert forgives(word) is forgiven


WORDS = st.text("abc", min_size=1, max_size=6)


@given(WORDS, WORDS)
def test_one_error_is_a_letter_more_less_or_other_or_two_swapped(word: str, meant: str) -> None:
    assert (meant in set(one_error_away(word, "abc"))) is (
        is_one_error_away(word, meant) or _may_be_itself(word, meant)
    )


def _may_be_itself(word: str, meant: str) -> bool:
    """A letter may be replaced by itself."""
    return word == meant
