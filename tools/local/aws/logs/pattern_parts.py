"""What the kinds of filter patterns share: strings and regular expressions."""

import re

_ALLOWED = re.compile(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]+")


class InvalidPattern(Exception):
    """CloudWatch Logs refuses the pattern. The text says why."""


def unquoted(text: str) -> str:
    """The value of a quoted string."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def regular_expression(text: str) -> re.Pattern[str]:
    """The part between two %. CloudWatch Logs knows fewer signs than Python."""
    refused = _ALLOWED.sub("", text)
    if not text or refused:
        raise InvalidPattern(f"%{text}% has {refused[:1] or 'nothing'}, which a regular expression cannot contain")
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise InvalidPattern(f"%{text}% is not a regular expression: {error}") from None
