"""Errors of an executed query in AppSync's shape."""

import logging
import re
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLList, GraphQLNonNull, GraphQLObjectType

from tools.local.aws.appsync.errors import FieldError
from tools.local.aws.appsync.schema import Schema
from tools.local.aws.appsync.validation import describe_variable, locations

log = logging.getLogger("local.appsync")

_NULL = re.compile(r"Cannot return null for non-nullable field (?P<t>\w+)\.(?P<f>\w+)\.")
_LIST = re.compile(r"Expected Iterable, but did not find one")


def answer(result: ExecutionResult, schema: Schema) -> dict[str, Any]:
    """The response body: data, and errors if there are any."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [describe_error(error, schema) for error in result.errors]
    return body


def describe_error(error: GraphQLError, schema: Schema) -> dict[str, Any]:
    original = error.original_error
    if isinstance(original, FieldError):
        return {
            "path": error.path,
            "data": original.data,
            "errorType": original.error_type,
            "errorInfo": original.info,
            "locations": locations(error),
            "message": original.message,
        }
    if error.path is None:
        return describe_variable(error)
    where = "/" + "/".join(f"{part}" for part in error.path)
    return {"path": error.path, "locations": None, "message": _completion_text(error, where, schema)}


def _completion_text(error: GraphQLError, where: str, schema: Schema) -> str:
    if match := _NULL.match(error.message):
        kind = _inner_type(schema, match["t"], match["f"])
        return f"Cannot return null for non-nullable type: '{kind}' within parent '{match['t']}' ({where})"
    if _LIST.match(error.message):
        return f"Can't resolve value ({where}) : type mismatch error, expected type LIST"
    if isinstance(error.original_error, GraphQLError) or error.original_error is None:
        # A scalar refused the value. graphql-core's text would show the value.
        return f"Can't serialize value ({where}) : the value is not of the field's type"
    log.error("unexpected failure at %s", where, exc_info=error.original_error)
    return f"Can't resolve value ({where}) : internal failure of the local cloud; its log has the reason"


def _inner_type(schema: Schema, type_name: str, field_name: str) -> str:
    kind = schema.graphql.type_map.get(type_name)
    field = kind.fields.get(field_name) if isinstance(kind, GraphQLObjectType) else None
    inner = field.type if field else None
    while isinstance(inner, GraphQLNonNull | GraphQLList):
        inner = inner.of_type
    return str(inner)
