"""How long an API key holds, and which client ids a user pool's pattern admits: checked when they are given."""

import re

DAY, HOUR = 86_400, 3_600
SHORTEST, LONGEST, DEFAULT = DAY, 365 * DAY, 7 * DAY


class OutOfBounds(ValueError):
    """A key that would expire too soon or too late."""


def expiry(asked: object, now: float) -> int:
    """When a key expires that was asked for until then (None: for a week): at the hour's begin. Raises OutOfBounds."""
    try:
        wanted = int(now) + DEFAULT if asked is None else int(str(asked))
    except ValueError:
        raise OutOfBounds(f"expires: {asked!r} is no number of seconds since 1970") from None
    if not int(now) + SHORTEST <= wanted <= int(now) + LONGEST:
        raise OutOfBounds("An API key must be valid for a minimum of 1 day, and a maximum of 365 days.")
    return wanted // HOUR * HOUR


def unusable_pattern(pattern: object) -> str:
    """Why this cannot be matched against client ids; empty when it can, or when there is none."""
    try:
        re.compile(str(pattern or ""))
    except re.error as error:
        return f"appIdClientRegex {pattern!r} is no regular expression: {error}"
    return ""
