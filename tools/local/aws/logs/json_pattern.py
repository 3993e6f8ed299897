"""`{ $.level = "ERROR" && $.took > 100 }`: comparisons of the properties of a message that is a JSON object.

A comparison is true only for a property that exists, also with `!=`. `*` at the start or end of a string stands for any
text. `[*]` compares with each element of an array.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.aws.logs.pattern_parts import InvalidPattern, regular_expression, unquoted

Test = Callable[[Any], bool]
Path = tuple[str | int, ...]

EVERY = "*"
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.?\['[^']+'\]|\.[A-Za-z0-9_-]+|\[(?:\d+|\*)\])+)
  | (?P<operator><=|>=|!=|=|<|>)
  | (?P<sign>&&|\|\||\(|\))
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<regex>%[^%]*%)
  | (?P<word>[A-Za-z0-9_.*+\-:/]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.?\['([^']+)'\]|\.([A-Za-z0-9_-]+)|\[(\d+|\*)\]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_STATES: Mapping[tuple[str, str], Callable[[list[Any]], bool]] = {
    ("IS", "TRUE"): lambda values: any(value is True for value in values),
    ("IS", "FALSE"): lambda values: any(value is False for value in values),
    ("IS", "NULL"): lambda values: any(value is None for value in values),
    ("NOT", "EXISTS"): lambda values: not values,
}
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def json_matcher(text: str) -> Callable[[str], bool]:
    """The matcher of what is between the braces. Raises InvalidPattern."""
    parser = _Parser(text)
    test = parser.any_of()
    parser.end()

    def matches(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict | list) and test(document)

    return matches


class _Parser:
    """Reads a condition: `&&` binds more closely than `||`."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._take("sign", "||"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def end(self) -> None:
        if self._at < len(self._text):
            raise self._wrong("nothing more")

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._take("sign", "&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._take("sign", "("):
            inner = self.any_of()
            if not self._take("sign", ")"):
                raise self._wrong("a closing bracket")
            return inner
        selector = self._take("selector")
        if not selector:
            raise self._wrong("a property such as $.level")
        path = _path(selector)
        operator = self._take("operator")
        test = self._compared(operator) if operator else self._state()
        return lambda document: test(list(_values(document, path)))

    def _state(self) -> Callable[[list[Any]], bool]:
        first, second = self._take("word"), self._take("word")
        test = _STATES.get((first.upper(), second.upper()))
        if test is None:
            raise self._wrong("=, !=, <, >, <=, >=, IS TRUE, IS FALSE, IS NULL or NOT EXISTS")
        return test

    def _compared(self, operator: str) -> Callable[[list[Any]], bool]:
        word = self._take("word")
        if word and _NUMBER.fullmatch(word):
            number, compare = float(word), _ORDER[operator]
            return lambda values: any(compare(float(value), number) for value in values if _is_number(value))
        if operator not in ("=", "!="):
            raise self._wrong(f"a number after {operator}")
        test = self._text_test(word)
        if operator == "=":
            return lambda values: any(test(value) for value in values)
        return lambda values: any(not test(value) for value in values)

    def _text_test(self, word: str) -> Callable[[Any], bool]:
        regex = self._take("regex")
        if regex:
            expression = regular_expression(regex[1:-1])
            return lambda value: expression.search(_text(value)) is not None
        quoted = self._take("string")
        if not word and not quoted:
            raise self._wrong("a value")
        wanted = word or unquoted(quoted)
        start, end = wanted.startswith("*"), wanted.endswith("*")
        middle = re.escape(wanted[start : len(wanted) - end]) if wanted != "*" else ""
        expression = re.compile(f"{'.*' if start else ''}{middle}{'.*' if end else ''}", re.DOTALL)
        return lambda value: expression.fullmatch(_text(value)) is not None

    def _take(self, kind: str, text: str = "") -> str:
        """The next token if it is of this kind (and this text), else an empty string."""
        match = _TOKEN.match(self._text, self._at)
        if match is None or match.lastgroup != kind or (text and match[kind] != text):
            return ""
        self._at = match.end()
        return match[kind]

    def _wrong(self, wanted: str) -> InvalidPattern:
        rest = self._text[self._at :].strip()
        return InvalidPattern(f"expected {wanted}, found {rest or 'the end'}")


def _path(selector: str) -> Path:
    steps: list[str | int] = []
    for quoted, name, place in _STEP.findall(selector[1:]):
        steps.append(quoted or name or (EVERY if place == EVERY else int(place)))
    if steps.count(EVERY) > 1:
        raise InvalidPattern(f"{selector} has more than one [*]")
    return tuple(steps)


def _values(document: Any, path: Path) -> Iterator[Any]:
    """The values of a property: none if it does not exist, several with `[*]`."""
    if not path:
        yield document
        return
    step, *rest = path
    if isinstance(document, list):
        elements = document if step == EVERY else document[step : step + 1] if isinstance(step, int) else []
        for element in elements:
            yield from _values(element, tuple(rest))
    elif isinstance(document, Mapping) and isinstance(step, str) and step in document:
        yield from _values(document[step], tuple(rest))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
