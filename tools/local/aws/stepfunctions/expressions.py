"""JSONata in state machines: `{% ... %}`, the variable `$states`, and the functions that Step Functions adds.

Step Functions Developer Guide: *Transforming data with JSONata in Step Functions*.
"""

import functools
import hashlib
import importlib
import json
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

OPEN, CLOSE = "{%", "%}"
TIMEOUT_MS = 1000
"""How long one expression may take, in time of the processor: the machine may be busy, or asleep."""


class ExpressionError(Exception):
    """An expression does not parse, or cannot be evaluated."""


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(OPEN) and value.endswith(CLOSE)


def body_of(text: str) -> str:
    return text.removeprefix(OPEN).removesuffix(CLOSE).strip()


def expressions_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and text of each expression in a value, at any depth."""
    if isinstance(value, dict):
        for key, its in value.items():
            yield from expressions_in(its, f"{path}/{key}")
    elif isinstance(value, list):
        for index, its in enumerate(value):
            yield from expressions_in(its, f"{path}[{index}]")
    elif is_expression(value):
        yield path, value


@functools.lru_cache(maxsize=1024)
def problem_of(text: str) -> str:
    """Why an expression is refused when a state machine is created; empty if it is accepted."""
    try:
        tree = _parsed(body_of(text)).ast
    except ExpressionError as error:
        return str(error)
    return next(_refused(tree, top=True), "")


@functools.lru_cache(maxsize=1024)
def fields_of_states(text: str) -> frozenset[str]:
    """The fields of `$states` that an expression reads: input, result, errorOutput, context."""
    return frozenset(
        str(steps[1].value)
        for node in _nodes(_parsed(body_of(text)).ast)
        if node.type == "path" and len(steps := node.steps) > 1
        if (steps[0].type, steps[0].value) == ("variable", "states")
    )


def evaluate(value: Any, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
    """`value` with the result of each expression in its place. Raises ExpressionError.

    The result is plain JSON that shares nothing with the arguments.
    """
    if isinstance(value, dict):
        return {key: evaluate(its, variables, states) for key, its in value.items()}
    if isinstance(value, list):
        return [evaluate(its, variables, states) for its in value]
    return _result(body_of(value), variables, states) if is_expression(value) else value


def _result(text: str, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
    utils = importlib.import_module("jsonata.utils")
    expression = _parsed(text)
    for name, function in FUNCTIONS.items():
        expression.register_lambda(name, function)
    expression.set_output_convert_nulls(False)  # tells null, which is a value, from undefined
    # The library reads None as undefined in a variable.
    bound = {name: utils.Utils.NULL_VALUE if value is None else value for name, value in variables.items()}
    try:
        result = expression.evaluate(None, {**bound, "states": dict(states)})
        plain = json.loads(json.dumps(utils.Utils.convert_nulls(result), allow_nan=False))
    except Exception as error:  # the library lets errors of Python escape, such as ZeroDivisionError
        code = getattr(error, "error", None)
        why = f"{code}: {error}" if code else str(error)
        raise ExpressionError(f"The JSONata expression '{text}' threw an error: {why}") from None
    if result is None:
        raise ExpressionError(f"The JSONata expression '{text}' returned nothing (undefined).")
    return _plain(plain)


def _plain(value: Any) -> Any:
    """JSON has one kind of number: 2.0 is 2."""
    if isinstance(value, dict):
        return {key: _plain(its) for key, its in value.items()}
    if isinstance(value, list):
        return [_plain(its) for its in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


@functools.cache
def _library() -> Any:
    """JSONata, whose time limit is measured in time of the processor instead of the wall clock."""
    library = importlib.import_module("jsonata")  # takes long: the first machine loads it, not the start of the cloud
    importlib.import_module("jsonata.timebox").Timebox.current_milli_time = lambda: round(time.thread_time() * 1000)
    return library


def _parsed(text: str) -> Any:
    """A new expression object: the library keeps the state of an evaluation in it."""
    try:
        return _library().Jsonata(text, timeout=TIMEOUT_MS)
    except Exception as error:  # the library's parser also fails with errors of Python, such as TypeError
        code = getattr(error, "error", None)
        raise ExpressionError(f"{code}: {error}" if code else str(error)) from None


# --- what Step Functions refuses although JSONata allows it ---


def _children(node: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a node of the syntax tree, with their names."""
    for name, value in vars(node).items():
        if name not in ("_outer_instance", "seeking_parent", "ancestor"):
            yield from ((name, part) for part in _symbols(value))


def _symbols(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _symbols(each)
    elif hasattr(value, "type") and hasattr(value, "position"):
        yield value


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for _, part in _children(node):
        yield from _nodes(part)


def _refused(node: Any, *, top: bool) -> Iterator[str]:
    """`$eval`, and at the top level `$`, `$$` and names of fields: an expression has no document there."""
    if node.type == "variable":
        if node.value == "eval":
            yield "the function $eval is not supported; use $parse"
        elif top and node.value in ("", "$"):
            yield f"${node.value} is not allowed at the top level; use $states.input"
    elif node.type == "name" and top:
        yield f"the field '{node.value}' is not allowed at the top level; use $states.input.{node.value}"
    if node.type == "path":
        for index, step in enumerate(node.steps):
            yield from _refused(step, top=top and index == 0)
        for name, part in _children(node):
            if name != "steps":
                yield from _refused(part, top=False)
        return
    inside = ("stages", "predicate", "group", "terms", "body", "pattern", "update", "delete")
    for name, part in _children(node):
        yield from _refused(part, top=top and name not in inside)


# --- the functions that Step Functions adds ---


def _partition(array: Any = None, size: Any = None) -> list[Any]:
    width = int(_number(size))
    if not isinstance(array, list) or width < 1:
        raise ExpressionError("$partition takes an array and a size of at least 1")
    return [array[start : start + width] for start in range(0, len(array), width)]


def _range(first: Any = None, last: Any = None, step: Any = None) -> list[int]:
    start, end, width = (int(_number(one)) for one in (first, last, step))
    if width == 0:
        raise ExpressionError("$range takes a step that is not 0")
    values = range(start, end + (1 if width > 0 else -1), width)
    if len(values) > 1000:
        raise ExpressionError("$range makes at most 1000 numbers")
    return list(values)


def _hash(text: Any = None, algorithm: Any = None) -> str:
    names = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    if not isinstance(text, str) or algorithm not in names:
        raise ExpressionError(f"$hash takes a string and one of {', '.join(names)}")
    return hashlib.new(names[algorithm], text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    return random.Random(None if seed is None else int(_number(seed))).random()  # noqa: S311 - as documented


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: Any = None) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        raise ExpressionError("$parse takes a JSON text") from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"{value!r} is not a number")
    return value


FUNCTIONS = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
}
