"""Checks of input, field by field: InvalidInput says which field, and which rule. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from ecom.errors import InvalidInput

MAX_INT = 2_147_483_647  # GraphQL's Int


def is_whole(value: Any, low: int, high: int) -> bool:
    """Whether it is an integer within the limits. True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def whole(value: Any, name: str, low: int, high: int) -> int:
    if not is_whole(value, low, high):
        raise InvalidInput(f"{name} must be a whole number from {low} to {high}")
    return int(value)


def is_unicode(text: str) -> bool:
    """JSON can name half of a surrogate pair, which no text holds."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def text(value: Any, name: str, longest: int) -> str:
    """A text that says something, as it was given."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} must be a text that is not empty")
    if not is_unicode(value):
        raise InvalidInput(f"{name} holds half a character: a surrogate without its other half")
    if len(value) > longest:
        raise InvalidInput(f"{name} must have at most {longest} characters, has {len(value)}")
    return value


def fields(value: Any, name: str, known: Iterable[str]) -> Mapping[str, Any]:
    """An object that has no other fields than these; what is null counts as left out."""
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{name} must be an object")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise InvalidInput(f"unknown fields in {name}: {', '.join(unknown)[:200]}")
    return {key: item for key, item in value.items() if item is not None}
