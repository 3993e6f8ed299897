"""Validation of input, field by field. InvalidInput names the field and the rule. Pure."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ecom.errors import InvalidInput


def is_integer(value: Any, low: int, high: int) -> bool:
    """Whether the value is an integer within the limits. Booleans are not."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def integer(value: Any, name: str, low: int, high: int) -> int:
    if not is_integer(value, low, high):
        raise InvalidInput(f"{name} must be a whole number from {low} to {high}")
    return int(value)


def is_unicode(text: str) -> bool:
    """Whether the text can be encoded. JSON can name half of a surrogate pair, which cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def is_blank(value: Any) -> bool:
    """Whether an optional text counts as absent: null, or nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(value: Any, name: str, max_length: int) -> str:
    """A text that is not blank, unchanged."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} must be a text that is not empty")
    if not is_unicode(value):
        raise InvalidInput(f"{name} holds half a character: a surrogate without its other half")
    if len(value) > max_length:
        raise InvalidInput(f"{name} must have at most {max_length} characters, has {len(value)}")
    return value


# Marks, embeddings, overrides and isolates: they change the order in which the characters around them are shown.
BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Those of them that change the order of the text behind them, up to its end or their own.
OVERRIDES = BIDIRECTIONAL - frozenset("\u061c\u200e\u200f")
_CONTROL = ("Cc", "Zl", "Zp")  # control characters, line and paragraph separators


def label(value: Any, name: str, max_length: int) -> str:
    """A text of one line, such as an id or a name, without control and bidirectional characters: it is shown as it is
    stored."""
    return _shown(text(value, name, max_length), name, BIDIRECTIONAL, allowed="")


def paragraph(value: Any, name: str, max_length: int) -> str:
    """A text that people write about themselves, such as an address. Line breaks, tabs, and the marks that
    right-to-left scripts need are fine; other control characters, and those that change the order of what follows, are
    not: staff read it as it is stored."""
    return _shown(text(value, name, max_length), name, OVERRIDES, allowed="\t\n\r")


def _shown(checked: str, name: str, reordering: Collection[str], allowed: str) -> str:
    for place, character in enumerate(checked, 1):
        is_control = unicodedata.category(character) in _CONTROL and character not in allowed
        if is_control or character in reordering:
            kind = "control" if is_control else "bidirectional"
            raise InvalidInput(f"{name} must have no {kind} characters, has U+{ord(character):04X} at place {place}")
    return checked


def fields(value: Any, name: str, known: Iterable[str]) -> Mapping[str, Any]:
    """The fields of an object that has no others than the known ones, without those that are null."""
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{name} must be an object")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise InvalidInput(f"unknown fields in {name}: {', '.join(unknown)[:200]}")
    return {key: item for key, item in value.items() if item is not None}
