"""Validation errors of a query, with AppSync's texts.

graphql-core finds the error, and known texts are replaced with AppSync's. Other texts stay, without suggestions (they
would reveal names that closed introspection hides) and without values.
"""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    Node,
    ValidationRule,
    is_introspection_type,
)


class QueryProblem(Exception):
    """The query is not valid. Nothing is run, and the answer has these errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class IntrospectionIsOffRule(ValidationRule):
    """With introspection disabled, `__schema` and `__type` do not exist for a caller."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in ("__schema", "__type") and not _inside_introspection(self.context.get_parent_type()):
            self.report_error(GraphQLError(f"Cannot query field '{node.name.value}' on type 'Query'.", node))


def _inside_introspection(parent: Any) -> bool:
    return parent is not None and is_introspection_type(parent)


# graphql-core's text -> AppSync's kind and text. `@ path` is added to those about a field.
_KNOWN: list[tuple[re.Pattern[str], str, str]] = [
    (re.compile(pattern), kind, text)
    for pattern, kind, text in (
        (
            r"Cannot query field '(?P<f>\w+)' on type '(?P<t>\w+)'",
            "FieldUndefined",
            "Field '{f}' in type '{t}' is undefined",
        ),
        (
            r"Unknown argument '(?P<a>\w+)' on field",
            "UnknownArgument",
            "Unknown field argument {a}",
        ),
        (
            r"Field '(?P<f>\w+)' argument '(?P<a>\w+)' of type '.*' is required",
            "MissingFieldArgument",
            "Missing field argument {a}",
        ),
        (
            r"Field '(?P<f>\w+)' of type '(?P<t>.*?)' must have a selection",
            "SubSelectionRequired",
            "Sub selection required for type {t} of field {f}",
        ),
        (
            r"Field '(?P<f>\w+)' must not have a selection since type '(?P<t>.*?)' has no subfields",
            "SubSelectionNotAllowed",
            "Sub selection not allowed on leaf type {t} of field {f}",
        ),
        (r"Unknown type '(?P<t>\w+)'", "UnknownType", "Unknown type {t}"),
        (r"Variable '\$(?P<v>\w+)' is not defined", "UndefinedVariable", "Undefined variable {v}"),
        (r"Variable '\$(?P<v>\w+)' is never used", "UnusedVariable", "Unused variable {v}"),
        (r"Unknown fragment '(?P<n>\w+)'", "UndefinedFragment", "Undefined fragment {n}"),
        (r"Fragment '(?P<n>\w+)' is never used", "UnusedFragment", "Unused fragment {n}"),
        (
            r"Variable '\$(?P<v>\w+)' of type '(?P<a>.*?)' used in position expecting type '(?P<b>.*?)'",
            "VariableTypeMismatch",
            "Variable type '{a}' doesn't match expected type '{b}'",
        ),
        (r"Expected value of type '(?P<t>.*?)', found", "WrongType", "a value is not a valid '{t}'"),
        (r"(?P<s>\w+) cannot represent", "WrongType", "a value is not a valid '{s}'"),
        (
            r"Field '(?P<f>[\w.]+)' of required type '(?P<t>.*?)' was not provided",
            "WrongType",
            "a value lacks the required field '{f}'",
        ),
        (r"Field '(?P<f>\w+)' is not defined by type '(?P<t>\w+)'", "WrongType", "'{t}' has no field '{f}'"),
    )
]


def locations(error: GraphQLError) -> list[dict[str, Any]] | None:
    """The place in the query, in AppSync's form."""
    if not error.locations:
        return None
    return [{"line": at.line, "column": at.column, "sourceName": None} for at in error.locations]


def describe(error: GraphQLError, document: DocumentNode) -> dict[str, Any]:
    """One error of a query in AppSync's shape."""
    kind, text = "InvalidSyntax", error.message.split(" Did you mean")[0]
    for pattern, known, template in _KNOWN:
        match = pattern.match(error.message)
        if match:
            kind, text = known, template.format(**match.groupdict())
            break
    path = _path_to(error.nodes[0], document) if error.nodes else ""
    message = f"Validation error of type {kind}: {text}" + (f" @ '{path}'" if path else "")
    return {"path": None, "locations": locations(error), "message": message}


def _path_to(target: Node, document: DocumentNode) -> str:
    """The names of the fields that lead to a node, `getOrders/orders/total`."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(node, ()) for node in document.definitions]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, FieldNode):
            path = (*path, node.name.value)
        if node is target:
            return "/".join(path)
        for key in node.keys:
            value = getattr(node, key, None)
            inner = value if isinstance(value, tuple | list) else (value,)
            waiting.extend((child, path) for child in inner if isinstance(child, Node))
    return ""


_NOT_GIVEN = re.compile(r"Variable '\$(?P<v>\w+)' of (?:required|non-null) type '(?P<t>.*?)'")
_INVALID = re.compile(r"Variable '\$(?P<v>\w+)' got invalid value .*?(?: at '(?P<at>[^']*)')?; (?P<why>.*)", re.DOTALL)
_NO_FIELD = re.compile(r"Field '(?P<f>[^']*)' is not defined by type '(?P<t>\w+)'")
_REQUIRED = re.compile(r"Field '(?P<f>[^']*)' of required type '(?P<t>.*?)' was not provided")
_NON_NULL = re.compile(r"Expected non-nullable type '(?P<t>.*?)' not to be None")
_CANNOT = re.compile(r"(?P<s>\w+) cannot represent")
_EXPECTED = re.compile(r"Expected type '(?P<s>.*?)'|Unable to turn the value into a valid (?P<own>\w+)")


def describe_variable(error: GraphQLError) -> dict[str, Any]:
    """The error in the variables. Values stay out of the text, since they may be personal."""
    return {"path": None, "locations": locations(error), "message": _variable_text(error.message)}


def _variable_text(message: str) -> str:
    if match := _NOT_GIVEN.match(message):
        return f"Variable '{match['v']}' has coerced Null value for NonNull type '{match['t']}'"
    match = _INVALID.match(message)
    if not match:
        return "Variables are not valid."
    variable, why = match["v"], match["why"]
    place = f"'{match['at'] or variable}'"
    rules: Mapping[re.Pattern[str], str] = {
        _NO_FIELD: "The variables input contains a field name '{f}' that is not defined for input object type '{t}'",
        _REQUIRED: "Field '{f}' of variable {place} has coerced Null value for NonNull type '{t}'",
        _NON_NULL: "Variable {place} has coerced Null value for NonNull type '{t}'",
        _CANNOT: "Variable {place} has an invalid value: it is not a valid '{s}'",
        _EXPECTED: "Variable {place} has an invalid value: it is not a valid '{s}'",
    }
    for pattern, text in rules.items():
        if found := pattern.search(why):
            named = found.groupdict()
            return text.format(place=place, **{**named, "s": named.get("s") or named.get("own")})
    return f"Variable {place} has an invalid value."
