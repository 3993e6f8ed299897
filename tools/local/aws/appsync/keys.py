"""Checks of API key expiry and of patterns for client ids, made when they are set."""

import re

DAY, HOUR = 86_400, 3_600
SHORTEST, LONGEST, DEFAULT = DAY, 365 * DAY, 7 * DAY


class OutOfBounds(ValueError):
    """The key would expire too soon or too late."""


def expiry(requested: object, now: float) -> int:
    """When a key with this requested expiry expires: at the begin of the hour. None asks for a week. Raises
    OutOfBounds."""
    try:
        wanted = int(now) + DEFAULT if requested is None else int(str(requested))
    except ValueError:
        raise OutOfBounds(f"expires: {requested!r} is not a number of seconds since 1970") from None
    if not int(now) + SHORTEST <= wanted <= int(now) + LONGEST:
        raise OutOfBounds("An API key must be valid for a minimum of 1 day, and a maximum of 365 days.")
    return wanted // HOUR * HOUR


def pattern_problem(pattern: object) -> str:
    """Why this is no pattern for client ids; empty when it is one, or when there is none."""
    try:
        re.compile(str(pattern or ""))
    except re.error as error:
        return f"appIdClientRegex {pattern!r} is not a regular expression: {error}"
    return ""
