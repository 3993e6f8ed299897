"""Texts as words, without case and accents, and words with one typing error. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterator

# One typing error is forgiven in words of so many letters or more.
LETTERS = 5
# Letters that Unicode does not decompose into a letter and an accent.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h"}
)
_SEPARATORS = re.compile(r"[\W_]+")  # what is neither letter nor digit


def fold(text: str) -> str:
    """The text without case and accents: `Crème BRÛLÉE` and `creme brulee` are the same."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(each for each in decomposed if not unicodedata.category(each).startswith("M")).translate(_PLAIN)


def words_of(text: str) -> list[str]:
    """The words of the text, folded, in its order."""
    return [word for word in _SEPARATORS.split(fold(text)) if word]


def forgives(word: str) -> bool:
    """Whether one typing error in the word is forgiven. Digits are no letters: a mistyped number is another number."""
    return sum(map(str.isalpha, word)) >= LETTERS


def one_error_away(word: str, alphabet: Collection[str]) -> Iterator[str]:
    """What may have been meant: the word with one character less, more or other, or with two neighbours swapped. Some
    come twice, and the word itself may be among them."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in alphabet:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
