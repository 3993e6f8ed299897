"""Text of others, safe for a terminal."""

import re

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """The text with control characters replaced, which a terminal would obey. Line breaks stay."""
    return _CONTROL.sub("?", text)
