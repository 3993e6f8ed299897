"""The validation of request bodies, with the texts of API Gateway's validator.

`[/products/0/price: instance type (string) does not match any allowed primitive type (allowed: ["integer"])]`. The
place before each text is ours, since a caller needs it; AWS does not give it. Values of the body are never repeated.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, NoReturn, cast

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

MOST_PROBLEMS = 10


def problem_of(schema: dict[str, Any] | str, body: bytes, *, required: bool) -> str | None:
    """The reason to refuse a body, or None. An empty body is refused only where one is required. The schema may be
    given as its JSON."""
    if not body.strip():
        return "[the body is missing]" if required else None
    try:
        document = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return f"[the body is not valid JSON{where}]"
    try:
        validator = _validator(schema if isinstance(schema, str) else json.dumps(schema))
        found = sorted(_leaves(validator.iter_errors(document)), key=lambda e: list(map(str, e.path)))
    except RecursionError:
        return "[the body is nested too deeply]"
    if not found:
        return None
    texts = list(dict.fromkeys(map(_text, found)))
    more = [f"and {len(texts) - MOST_PROBLEMS} more"] if len(texts) > MOST_PROBLEMS else []
    return f"[{', '.join(texts[:MOST_PROBLEMS] + more)}]"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


@lru_cache(maxsize=64)
def _validator(schema: str) -> Draft4Validator:
    document = json.loads(schema)
    with suppress(_Recursive):
        document = _without_references(document, document, ())
    return Draft4Validator(document, format_checker=Draft4Validator.FORMAT_CHECKER)


class _Recursive(Exception):
    """A definition that refers to itself."""


def _without_references(document: Any, part: Any, inside: tuple[str, ...]) -> Any:
    """The schema with what its references name in their place: looking them up takes most of a validation. In draft 4
    nothing beside a reference counts. Raises _Recursive."""
    if isinstance(part, list):
        return [_without_references(document, each, inside) for each in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return {key: _without_references(document, value, inside) for key, value in part.items()}
    if reference in inside:
        raise _Recursive
    found = document
    for step in reference[2:].split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return _without_references(document, found, (*inside, reference))


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """The errors to report: those inside `allOf`, and the other combinators themselves."""
    for error in errors:
        if error.validator == "allOf" and error.context:
            yield from _leaves(iter(error.context))
        else:
            yield error


def _text(error: ValidationError) -> str:
    place = "/" + "/".join(map(str, error.absolute_path))
    text = WORDS.get(str(error.validator), _otherwise)(error)
    return f"{place}: {text}"


def _type(error: ValidationError) -> str:
    allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    is_type = f"instance type ({_name(error.instance)}) does not match any allowed primitive type"
    return f"{is_type} (allowed: {_list(allowed)})"


def _name(value: object) -> str:
    names: list[tuple[type, str]] = [(bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"),
                                     (list, "array"), (dict, "object")]  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _list(values: Any) -> str:
    return json.dumps(list(values), separators=(",", ":"))


def _missing(error: ValidationError) -> str:
    # jsonschema reports each missing name separately; each report lists all names, so only one is used.
    present = error.instance if isinstance(error.instance, dict) else {}
    wanted = cast("list[str]", error.validator_value)
    return f"object has missing required properties ({_list(sorted(set(wanted) - set(present)))})"


def _additional(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = set(schema.get("properties") or {})
    extra = sorted(set(cast("dict[str, Any]", error.instance)) - known)[:MOST_PROBLEMS]
    return f"object instance has properties which are not allowed by the schema: {_list(extra)}"


def _limit(text: str) -> Callable[[ValidationError], str]:
    def fill(error: ValidationError) -> str:
        size = len(error.instance) if isinstance(error.instance, str | list | dict) else error.instance
        return text.format(found=size, limit=error.validator_value)

    return fill


def _otherwise(error: ValidationError) -> str:
    return f"instance does not satisfy the keyword {error.validator}"


WORDS: dict[str, Callable[[ValidationError], str]] = {
    "type": _type,
    "required": _missing,
    "additionalProperties": _additional,
    "enum": lambda error: f"instance value not found in enum (possible values: {_list(error.validator_value)})",
    "minimum": _limit("numeric instance is lower than the required minimum (minimum: {limit}, found: {found})"),
    "maximum": _limit("numeric instance is greater than the required maximum (maximum: {limit}, found: {found})"),
    "minLength": _limit("string is too short (length: {found}, required minimum: {limit})"),
    "maxLength": _limit("string is too long (length: {found}, maximum allowed: {limit})"),
    "minItems": _limit("array is too short: must have at least {limit} elements but instance has {found} elements"),
    "maxItems": _limit("array is too long: must have at most {limit} elements but instance has {found} elements"),
    "pattern": lambda error: f"ECMA 262 regex {json.dumps(error.validator_value)} does not match input string",
    "format": lambda error: f"string is not a valid {error.validator_value}",
    "uniqueItems": lambda _: "array must not contain duplicate elements",
}
