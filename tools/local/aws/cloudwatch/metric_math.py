"""Expressions over metrics, as far as alarms here can use them.

Document: CloudWatch User Guide, *Using math expressions with CloudWatch metrics*. A value is a number or a time series:
a value for each period that has data. Guarantees: an operation on a period for which one of its series has no data
gives no data, and so does a division by zero. What is not served is refused by name when the expression is parsed.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Series = Mapping[int, float]
"""The value of each period, by its beginning."""
Value = float | Series


class Unsupported(ValueError):
    """An expression that is wrong or not served. The text says what."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression: the ids that it refers to, and its value for their series and all periods."""

    names: frozenset[str]
    value: Callable[[Mapping[str, Value], Sequence[int]], Value]
    is_series: bool
    """Whether the value is a time series, if each id is one."""


_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|&&|\|\||[-+*/^()\[\],<>])|(\S))")
_BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "AND": lambda left, right: left != 0 and right != 0,
    "OR": lambda left, right: left != 0 or right != 0,
}
_SPELLED = {"&&": "AND", "||": "OR"}
# The operators of each level, the loosest first.
_LEVELS = (("OR",), ("AND",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))
FUNCTIONS = ("FILL", "IF", "SUM")


def parse(text: str) -> Expression:
    """Raises Unsupported."""
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[str]:
    found = []
    for match in _TOKEN.finditer(text.rstrip()):
        if match[4]:
            raise Unsupported(f"{match[4]} is not served in an expression here")
        token = match[1] or match[2] or match[3]
        found.append(_SPELLED.get(token, token))
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Expression:
        made = self._level(0)
        if self._next() is not None:
            raise Unsupported(f"{self._next()} is not served there in an expression")
        return made

    def _next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *expected: str) -> str:
        token = self._next()
        if token is None or (expected and token not in expected):
            raise Unsupported(f"{' or '.join(expected) or 'a value'} is missing before {token or 'the end'}")
        self._at += 1
        return token

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        made = self._level(level + 1)
        while self._next() in _LEVELS[level]:
            sign = self._take()
            made = _each(_BINARY[sign], made, self._level(level + 1))
        return made

    def _unary(self) -> Expression:
        if self._next() == "-":
            self._take()
            return _each(operator.mul, _number(-1.0), self._unary())
        return self._single()

    def _single(self) -> Expression:
        word = self._take()
        if word == "(":
            made = self._level(0)
            self._take(")")
            return made
        if word[0].isdigit() or word[0] == ".":
            return _number(float(word))
        if word[0].islower():
            return Expression(frozenset([word]), lambda known, _periods: known[word], is_series=True)
        if self._next() != "(" or word not in FUNCTIONS:
            raise Unsupported(f"{word} is not served in an expression here; use {', '.join(FUNCTIONS)}")
        self._take("(")
        made = {"FILL": self._fill, "IF": self._if, "SUM": self._sum}[word]()
        self._take(")")
        return made

    def _fill(self) -> Expression:
        filled = self._level(0)
        self._take(",")
        if self._next() in ("REPEAT", "LINEAR"):
            raise Unsupported(f"FILL with {self._next()} is not served here; fill with a number")
        other = self._level(0)
        if not filled.is_series or other.is_series:
            raise Unsupported("FILL needs a time series and a number")

        def value(known: Mapping[str, Value], periods: Sequence[int]) -> Value:
            series, number = filled.value(known, periods), other.value(known, periods)
            known_ones = {start: _at(series, start) for start in periods}
            filler = float(number) if isinstance(number, float | int) else 0.0
            return {start: filler if found is None else found for start, found in known_ones.items()}

        return Expression(filled.names | other.names, value, is_series=True)

    def _if(self) -> Expression:
        condition = self._level(0)
        self._take(",")
        then = self._level(0)
        if self._next() != ",":
            raise Unsupported("IF without a value for false is not served here")
        self._take(",")
        otherwise = self._level(0)
        parts = (condition, then, otherwise)

        def value(known: Mapping[str, Value], periods: Sequence[int]) -> Value:
            test, yes, no = (part.value(known, periods) for part in parts)
            if isinstance(test, float | int):
                return yes if test else no
            chosen = {start: _at(yes if true else no, start) for start, true in test.items()}
            return {start: found for start, found in chosen.items() if found is not None}

        return Expression(_names(parts), value, is_series=any(part.is_series for part in parts))

    def _sum(self) -> Expression:
        if self._next() != "[":
            raise Unsupported("SUM of one time series is not served here; give a list: SUM([m1, m2])")
        self._take("[")
        parts = [self._level(0)]
        while self._next() == ",":
            self._take()
            parts.append(self._level(0))
        self._take("]")
        if not all(part.is_series for part in parts):
            raise Unsupported("SUM needs a list of time series")

        def value(known: Mapping[str, Value], periods: Sequence[int]) -> Value:
            values = [part.value(known, periods) for part in parts]
            points = {start: [_at(one, start) for one in values] for start in periods}
            present = {start: [one for one in found if one is not None] for start, found in points.items()}
            return {start: sum(found) for start, found in present.items() if found}

        return Expression(_names(parts), value, is_series=True)


def _number(number: float) -> Expression:
    return Expression(frozenset(), lambda _known, _periods: number, is_series=False)


def _names(parts: Sequence[Expression]) -> frozenset[str]:
    return frozenset(name for part in parts for name in part.names)


def _each(operation: Callable[[float, float], float], left: Expression, right: Expression) -> Expression:
    """An operation on numbers, or on each period for which both sides have data."""

    def value(known: Mapping[str, Value], periods: Sequence[int]) -> Value:
        one, other = left.value(known, periods), right.value(known, periods)
        if isinstance(one, float | int) and isinstance(other, float | int):
            found = _result(operation, one, other)
            return {} if found is None else found
        return dict(_results(operation, one, other, periods))

    return Expression(left.names | right.names, value, is_series=left.is_series or right.is_series)


def _results(
    operation: Callable[[float, float], float], one: Value, other: Value, periods: Sequence[int]
) -> Iterator[tuple[int, float]]:
    for start in periods:
        first, second = _at(one, start), _at(other, start)
        found = None if first is None or second is None else _result(operation, first, second)
        if found is not None:
            yield start, found


def _result(operation: Callable[[float, float], float], one: float, other: float) -> float | None:
    try:
        return float(operation(one, other))
    except ZeroDivisionError:
        return None


def _at(value: Value, start: int) -> float | None:
    return float(value) if isinstance(value, float | int) else value.get(start)
