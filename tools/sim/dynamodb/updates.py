"""Update expressions: SET, REMOVE, ADD and DELETE."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tools.sim.dynamodb.expressions import (
    Context,
    Invalid,
    Item,
    Operand,
    Path,
    Tokens,
    Value,
    operand,
    path_of,
    placeholder,
    reading,
    real_path,
    value_at,
)

# What one clause changes: the path, and the new value from the item before (None: remove it).
Step = tuple[Path, Callable[[Item, Context, Path], Value | None]]
CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@lru_cache(maxsize=4096)
def steps_of(text: str) -> tuple[Step, ...]:
    """The steps of an update expression. Raises Invalid."""
    tokens = Tokens(text)
    steps: list[Step] = []
    seen: set[str] = set()
    while tokens.peek():
        clause = tokens.next().upper()
        if clause not in CLAUSES or clause in seen:
            raise Invalid(f"Invalid UpdateExpression: syntax error near {clause!r}")
        seen.add(clause)
        steps.append(_step(clause, tokens))
        while tokens.peek() == ",":
            tokens.next()
            steps.append(_step(clause, tokens))
    return tuple(steps)


def updated(item: Item, expression: str, context: Context) -> dict[str, Value]:
    """The item after the update. All operands are read from the item before it. Raises Invalid."""
    changes = []
    for path, change in steps_of(expression):
        real = real_path(path, context.names)
        changes.append((real, change(item, context, real)))
    paths = [path for path, _ in changes]
    for place, path in enumerate(paths):
        if any(path[: len(other)] == other or other[: len(path)] == path for other in paths[:place]):
            raise Invalid("Invalid UpdateExpression: Two document paths overlap with each other")
    result: dict[str, Value] = dict(item)
    for path, value in changes:
        _put(result, path, value)
    return result


def _step(clause: str, tokens: Tokens) -> Step:
    path = path_of(tokens)
    if clause == "SET":
        tokens.expect("=")
        value = _set_value(tokens)

        def assign(item: Item, context: Context, _path: Path) -> Value | None:
            found = value(item, context)
            if found is None:
                raise Invalid("The provided expression refers to an attribute that does not exist in the item")
            return found

        return path, assign
    if clause == "REMOVE":
        return path, lambda _item, _context, _path: None
    given = placeholder(tokens.next())
    if clause == "ADD":
        return path, lambda item, context, real: _added(value_at(item, real), given(item, context))
    return path, lambda item, context, real: _without(value_at(item, real), given(item, context))


def _set_value(tokens: Tokens) -> Operand:
    left = _set_operand(tokens)
    if tokens.peek() not in ("+", "-"):
        return left
    sign = 1 if tokens.next() == "+" else -1
    right = _set_operand(tokens)
    return lambda item, context: _sum(left(item, context), right(item, context), sign)


def _set_operand(tokens: Tokens) -> Operand:
    name = tokens.peek()
    if tokens.peek(1) != "(" or name == "size":
        return operand(tokens)
    tokens.next()
    tokens.expect("(")
    if name == "if_not_exists":
        first = reading(path_of(tokens))
        tokens.expect(",")
        other = _set_value(tokens)
        tokens.expect(")")

        def read(item: Item, context: Context) -> Value | None:
            found = first(item, context)
            return other(item, context) if found is None else found

        return read
    if name == "list_append":
        one = _set_value(tokens)
        tokens.expect(",")
        two = _set_value(tokens)
        tokens.expect(")")
        return lambda item, context: _joined(one(item, context), two(item, context))
    raise Invalid(f"Invalid function name; function: {name}")


def number(value: Decimal) -> Value:
    text = format(value.normalize(), "f")
    return {"N": text}


def _sum(left: Value | None, right: Value | None, sign: int) -> Value:
    if left is None or right is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    if "N" not in left or "N" not in right:
        raise Invalid("An operand in the update expression has an incorrect data type")
    return number(Decimal(left["N"]) + sign * Decimal(right["N"]))


def _joined(one: Value | None, two: Value | None) -> Value:
    if one is None or two is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    return {"L": [*one["L"], *two["L"]]}


def _added(before: Value | None, given: Value) -> Value:
    ((kind, content),) = given.items()
    if kind == "N":
        return given if before is None else _sum(before, given, 1)
    if kind not in ("SS", "NS", "BS") or (before is not None and kind not in before):
        raise Invalid("An operand in the update expression has an incorrect data type")
    return {kind: list(dict.fromkeys([*(before or {}).get(kind, []), *content]))}


def _without(before: Value | None, given: Value) -> Value | None:
    ((kind, content),) = given.items()
    if before is None:
        return None
    if kind not in before:
        raise Invalid("An operand in the update expression has an incorrect data type")
    left = [one for one in before[kind] if one not in content]
    return {kind: left} if left else None


def _put(item: dict[str, Value], path: Path, value: Value | None) -> None:
    """Write into a copied item; maps and lists on the way are copied."""
    name = str(path[0])
    if len(path) == 1:
        if value is None:
            item.pop(name, None)
        else:
            item[name] = value
        return
    if name not in item:
        if value is None:
            return
        raise Invalid("The document path provided in the update expression is invalid for update")
    item[name] = _nested(item[name], path[1:], value)


def _nested(before: Value, path: Path, value: Value | None) -> Value:
    part, rest = path[0], path[1:]
    kind = "L" if isinstance(part, int) else "M"
    if kind not in before:
        raise Invalid("The document path provided in the update expression is invalid for update")
    inner: Any = list(before["L"]) if kind == "L" else dict(before["M"])
    exists = part < len(inner) if isinstance(part, int) else part in inner
    if rest:
        if not exists:
            raise Invalid("The document path provided in the update expression is invalid for update")
        inner[part] = _nested(inner[part], rest, value)
    elif value is None:
        if exists:
            del inner[part]
    elif isinstance(part, int) and not exists:
        inner.append(value)
    else:
        inner[part] = value
    return {kind: inner}
