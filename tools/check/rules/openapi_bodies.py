"""Request bodies: required, closed and bounded, at every depth of their schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.check.rules.documents import Path

Problem = tuple[Path, str, str]
# The start of the description of a schema without a type.
UNTYPED = ("Checked by the function: ", "Ignored by the function: ")
# API Gateway, "Important notes for REST APIs": its models are JSON Schema draft 4 without these.
DROPPED = {"anyOf", "oneOf", "nullable", "exclusiveMinimum", "exclusiveMaximum"}
_BOUNDS = {"string": ("maxLength", "enum", "pattern"), "array": ("maxItems",), "integer": ("minimum", "enum")}


def resolve(data: Mapping[str, Any], node: Any, path: Path = ()) -> Mapping[str, Any]:
    """The node that `$ref`s in the document lead to; empty when the target does not exist."""
    return _resolve(data, node, path)[0]


def _resolve(data: Mapping[str, Any], node: Any, path: Path) -> tuple[Mapping[str, Any], Path]:
    for _ in range(20):
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        path = tuple(reference[2:].split("/"))
        node = data
        for key in path:
            node = node.get(key) if isinstance(node, Mapping) else None
    return (node if isinstance(node, Mapping) else {}), path


def body_problems(data: Mapping[str, Any], body: Any, path: Path) -> Iterator[Problem]:
    body, path = _resolve(data, body, path)
    if body.get("required") is not True:
        yield path, "a missing body passes", "set required: true"
    content = body.get("content")
    kinds = list(content.items()) if isinstance(content, Mapping) else []
    if [kind for kind, _ in kinds] != ["application/json"]:
        yield path, "the body is not plain JSON", "describe application/json only"
    for kind, media in kinds:
        schema = media.get("schema") if isinstance(media, Mapping) else None
        yield from _schema_problems(data, schema, (*path, "content", kind, "schema"), set())


def _says_who_checks(schema: Mapping[str, Any]) -> bool:
    return str(schema.get("description", "")).startswith(UNTYPED)


def _schema_problems(data: Mapping[str, Any], schema: Any, path: Path, seen: set[Path]) -> Iterator[Problem]:
    schema, path = _resolve(data, schema, path)
    if path in seen:
        return
    seen.add(path)
    name = path[-1]
    kind = schema.get("type")
    if kind == "object":
        if schema.get("additionalProperties") is not False:
            yield path, f"{name} accepts fields that are not described", "set additionalProperties: false"
        properties = schema.get("properties")
        for key, inner in properties.items() if isinstance(properties, Mapping) else ():
            yield from _schema_problems(data, inner, (*path, "properties", key), seen)
    elif kind == "array":
        yield from _schema_problems(data, schema.get("items"), (*path, "items"), seen)
    elif kind is None and not ({"allOf", "enum"} & set(schema) or _says_who_checks(schema)):
        yield path, f"{name} may have any type", f"give it a type, or a description that starts with {UNTYPED[0]!r}"
    if dropped := sorted(DROPPED & set(schema)) or (["a list of types"] if isinstance(kind, list) else []):
        yield (
            path,
            f"{name}: API Gateway's import drops {', '.join(dropped)}",
            f"leave out the type, check it in the function, and start the description with {UNTYPED[0]!r}",
        )
    if None in (schema.get("enum") or ()):
        yield path, f"{name}: CloudFormation refuses null values", "leave null out"
    bounds = _BOUNDS.get(str(kind), ())
    if bounds and not any(bound in schema for bound in bounds):
        yield path, f"{name} has no limit", f"set {bounds[0]}"
    for index, inner in enumerate(schema.get("allOf") or ()):
        yield from _schema_problems(data, inner, (*path, "allOf", index), seen)
