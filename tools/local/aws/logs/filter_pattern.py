"""Filter patterns of CloudWatch Logs: terms, regular expressions, and comparisons of JSON properties.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Space-delimited patterns
(`[ip, user, ...]`) are refused: they are not served here.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from tools.local.aws.logs.json_pattern import json_matcher
from tools.local.aws.logs.pattern_parts import InvalidPattern, regular_expression, unquoted

Matcher = Callable[[str], bool]

_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?P<term>"(?:\\.|[^"\\])*"|%[^%]*%|[A-Za-z0-9_]+)(?=\s|$)')


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Matcher:
    """Whether a message matches. Raises InvalidPattern, with what is wrong."""
    text = pattern.strip()
    if not text:
        return lambda _message: True
    if text.startswith("{"):
        if not text.endswith("}"):
            raise InvalidPattern("If a filter pattern starts with '{' it must end with '}'")
        return json_matcher(text[1:-1])
    if text.startswith("["):
        raise InvalidPattern("the local cloud does not serve space-delimited patterns; use terms or a JSON pattern")
    return _terms(text)


def _terms(text: str) -> Matcher:
    """All plain terms, none of those with `-`, or any of those with `?`. Beside others, terms with `?` have no effect,
    as on AWS."""
    found: dict[str, list[Matcher]] = {"": [], "-": [], "?": []}
    end = 0
    while end < len(text):
        match = _TERM.match(text, end)
        if match is None:
            word = text[end:].split()[0]
            raise InvalidPattern(f"{word} is not a term: other than alphanumeric characters need double quotes")
        found[match["sign"]].append(_term(match["term"]))
        end = match.end()
    wanted, excluded, optional = found[""], found["-"], found["?"]

    def matches(message: str) -> bool:
        if not wanted and not excluded:
            return any(term(message) for term in optional)
        return all(term(message) for term in wanted) and not any(term(message) for term in excluded)

    return matches


def _term(term: str) -> Matcher:
    """Terms match whole words, in the case in which they are written."""
    if term.startswith("%"):
        expression = regular_expression(term[1:-1])
    else:
        phrase = unquoted(term) if term.startswith('"') else term
        before = r"(?<!\w)" if re.match(r"\w", phrase) else ""
        after = r"(?!\w)" if re.search(r"\w$", phrase) else ""
        expression = re.compile(before + re.escape(phrase) + after, re.ASCII)
    return lambda message: expression.search(message) is not None
