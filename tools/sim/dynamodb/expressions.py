"""Expressions of DynamoDB: parsed once for each text, then evaluated against items.

Conditions, filters and key conditions become functions of (item, names, values); update expressions a list of steps.
What DynamoDB refuses raises `Invalid`; a function that is not known here raises it too, with its name.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

Value = Mapping[str, Any]
Item = Mapping[str, Value]
MISSING: Any = None
_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.+\-\[\]]|[#:]?[A-Za-z0-9_]+)")
_NUMBERS = ("=", "<>", "<", "<=", ">", ">=")


class Invalid(Exception):
    """A ValidationException of DynamoDB."""


class Context(NamedTuple):
    names: Mapping[str, str]
    values: Mapping[str, Value]


Operand = Callable[[Item, Context], Value | None]
Test = Callable[[Item, Context], bool]
Path = tuple[str | int, ...]


def comparable(value: Value) -> tuple[str, Any]:
    """A value in a form that Python compares as DynamoDB does, beside its type."""
    ((kind, content),) = value.items()
    if kind == "N":
        return "N", Decimal(content)
    if kind in ("SS", "BS"):
        return kind, frozenset(content)
    if kind == "NS":
        return kind, frozenset(map(Decimal, content))
    if kind == "M":
        return "M", {key: comparable(one) for key, one in content.items()}
    if kind == "L":
        return "L", [comparable(one) for one in content]
    return kind, content


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of an expression. Raises Invalid."""
    words: list[str] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise Invalid(f"syntax error near {text[place : place + 20]!r}")
        words.append(found.group(1))
        place = found.end()
    return tuple(words)


class Tokens:
    """The words of an expression, read from left to right."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self.place = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.words[place] if place < len(self.words) else ""

    def keyword(self) -> str:
        return self.peek().upper()

    def next(self) -> str:
        word = self.peek()
        if not word:
            raise Invalid("the expression ends too early")
        self.place += 1
        return word

    def expect(self, word: str) -> None:
        found = self.next()
        if found.upper() != word:
            raise Invalid(f"{word!r} expected, {found!r} found")


def path_of(tokens: Tokens) -> Path:
    """A document path, with `#names` not yet replaced."""
    parts: list[str | int] = [tokens.next()]
    while tokens.peek() in (".", "["):
        if tokens.next() == ".":
            parts.append(tokens.next())
        else:
            parts.append(int(tokens.next()))
            tokens.expect("]")
    return tuple(parts)


def real_path(path: Path, names: Mapping[str, str]) -> Path:
    return tuple(_name(part, names) if isinstance(part, str) else part for part in path)


def _name(part: str, names: Mapping[str, str]) -> str:
    if not part.startswith("#"):
        return part
    if part not in names:
        raise Invalid(f"An expression attribute name used in the document path is not defined: {part}")
    return names[part]


def value_at(item: Item, path: Path) -> Value | None:
    """The value at a real path, None when there is none."""
    found: Any = item.get(path[0])  # type: ignore[arg-type]  # the first part is a name
    for part in path[1:]:
        if found is None:
            return None
        if isinstance(part, int):
            listed = found.get("L")
            found = listed[part] if listed is not None and part < len(listed) else None
        else:
            found = (found.get("M") or {}).get(part)
    return found  # type: ignore[no-any-return]


def reading(path: Path) -> Operand:
    if len(path) == 1:
        (only,) = path

        def read_one(item: Item, context: Context) -> Value | None:
            return item.get(_name(only, context.names))  # type: ignore[arg-type]

        return read_one
    return lambda item, context: value_at(item, real_path(path, context.names))


def placeholder(word: str) -> Callable[[Item, Context], Value]:
    def read(_item: Item, context: Context) -> Value:
        if word not in context.values:
            raise Invalid(f"An expression attribute value used in expression is not defined; attribute value: {word}")
        return context.values[word]

    return read


def operand(tokens: Tokens) -> Operand:
    if tokens.peek().startswith(":"):
        return placeholder(tokens.next())
    if tokens.peek(1) == "(":
        name = tokens.next()
        if name != "size":
            raise Invalid(f"Invalid function name; function: {name}")
        tokens.expect("(")
        inner = operand(tokens)
        tokens.expect(")")
        return lambda item, context: _size(inner(item, context))
    return reading(path_of(tokens))


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    ((_, content),) = value.items()
    return {"N": str(len(content))}


def compare(operator: str, left: Value | None, right: Value | None) -> bool:
    if operator == "<>":
        return left is None or right is None or comparable(left) != comparable(right)
    if left is None or right is None:
        return False
    one, two = comparable(left), comparable(right)
    if operator == "=":
        return one == two
    if one[0] != two[0]:
        return False
    a, b = one[1], two[1]
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])


# --- conditions ---


@lru_cache(maxsize=4096)
def condition(text: str) -> Test:
    """The condition in a text. Raises Invalid."""
    tokens = Tokens(text)
    test = _either(tokens)
    if tokens.peek():
        raise Invalid(f"syntax error near {tokens.peek()!r}")
    return test


def _either(tokens: Tokens) -> Test:
    tests = [_both(tokens)]
    while tokens.keyword() == "OR":
        tokens.next()
        tests.append(_both(tokens))
    if len(tests) == 1:
        return tests[0]
    return lambda item, context: any(test(item, context) for test in tests)


def _both(tokens: Tokens) -> Test:
    tests = [_negated(tokens)]
    while tokens.keyword() == "AND":
        tokens.next()
        tests.append(_negated(tokens))
    if len(tests) == 1:
        return tests[0]
    return lambda item, context: all(test(item, context) for test in tests)


def _negated(tokens: Tokens) -> Test:
    if tokens.keyword() == "NOT":
        tokens.next()
        inner = _negated(tokens)
        return lambda item, context: not inner(item, context)
    if tokens.peek() == "(":
        tokens.next()
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    if tokens.peek(1) == "(" and tokens.peek() != "size":
        return _function(tokens)
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Test:
    left = operand(tokens)
    word = tokens.next().upper()
    if word in _NUMBERS:
        right = operand(tokens)
        return lambda item, context: compare(word, left(item, context), right(item, context))
    if word == "BETWEEN":
        low = operand(tokens)
        tokens.expect("AND")
        high = operand(tokens)
        return lambda item, context: (
            compare(">=", left(item, context), low(item, context))
            and compare("<=", left(item, context), high(item, context))
        )
    if word == "IN":
        tokens.expect("(")
        options = [operand(tokens)]
        while tokens.peek() == ",":
            tokens.next()
            options.append(operand(tokens))
        tokens.expect(")")
        return lambda item, context: any(compare("=", left(item, context), one(item, context)) for one in options)
    raise Invalid(f"syntax error near {word!r}")


def _function(tokens: Tokens) -> Test:
    name = tokens.next()
    tokens.expect("(")
    first = operand(tokens)
    second: Operand | None = None
    if tokens.peek() == ",":
        tokens.next()
        second = operand(tokens)
    tokens.expect(")")
    if name == "attribute_exists":
        return lambda item, context: first(item, context) is not None
    if name == "attribute_not_exists":
        return lambda item, context: first(item, context) is None
    if second is None:
        raise Invalid(f"Invalid function name or number of operands; function: {name}")
    other = second
    if name == "begins_with":
        return lambda item, context: _begins(first(item, context), other(item, context))
    if name == "contains":
        return lambda item, context: _contains(first(item, context), other(item, context))
    if name == "attribute_type":
        return lambda item, context: _type_of(first(item, context)) == (other(item, context) or {}).get("S")
    raise Invalid(f"Invalid function name; function: {name}")


def _begins(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None:
        return False
    return "S" in value and "S" in start and bool(value["S"].startswith(start["S"]))


def _contains(value: Value | None, wanted: Value | None) -> bool:
    if value is None or wanted is None:
        return False
    ((kind, content),) = value.items()
    ((wanted_kind, wanted_content),) = wanted.items()
    if kind == "S":
        return wanted_kind == "S" and wanted_content in content
    if kind == "L":
        return comparable(wanted) in [comparable(one) for one in content]
    if kind in ("SS", "NS", "BS"):
        return kind == f"{wanted_kind}S" and comparable(wanted)[1] in comparable(value)[1]
    return False


def _type_of(value: Value | None) -> str | None:
    return next(iter(value)) if value is not None else None
