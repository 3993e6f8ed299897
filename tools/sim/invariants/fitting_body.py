"""The smallest body that the schema of a REST route allows: so a request comes to the check of its credentials."""

from collections.abc import Mapping
from typing import Any


def fitting_body(schema: Mapping[str, Any] | None) -> Any:
    """An empty object for a route without a schema."""
    return {} if schema is None else _value(schema, schema.get("components", {}).get("schemas", {}))


def _value(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(named[schema["$ref"].rpartition("/")[2]], named)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _value(schema["properties"][name], named) for name in schema.get("required", ())}
        case "array":
            return [_value(schema["items"], named)] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 1)
    return "x" * schema.get("minLength", 1)
