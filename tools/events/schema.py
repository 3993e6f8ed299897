"""A schema as one document: references are replaced by their targets, and `allOf` is merged where possible."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def whole(schema: Schema, common: Schema) -> dict[str, Any]:
    """The schema expanded and flattened. `common` are the definitions of the common file."""
    own = schema.get("definitions", {})
    document = {key: value for key, value in schema.items() if key != "definitions"}
    flat: dict[str, Any] = flatten(expand(document, own, common))
    return flat


def expand(node: Any, own: Schema, common: Schema, trail: tuple[str, ...] = ()) -> Any:
    """The schema with every `$ref` replaced by its target. A missing target, or a cycle, allows anything.

    A description beside a reference is more specific than that of the type, and replaces it.
    """
    if isinstance(node, list):
        return [expand(inner, own, common, trail) for inner in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        name = reference.rsplit("/", 1)[-1]
        home = common if reference.startswith("common.json") else own
        if reference in trail or not isinstance(home, Mapping):
            return {}
        found = expand(home.get(name, {}), home, common, (*trail, reference))
        stated = {"description": node["description"]} if isinstance(node.get("description"), str) else {}
        return {**found, **stated} if isinstance(found, Mapping) else found
    return {key: expand(inner, own, common, trail) for key, inner in node.items()}


def flatten(node: Any) -> Any:
    """An expanded schema with each `allOf` merged into its parent, unless its parts contradict each other."""
    if not isinstance(node, Mapping):
        return node
    plain = {key: _flat_keyword(key, value) for key, value in node.items()}
    parts = plain.pop("allOf", None)
    if not isinstance(parts, list):
        return plain
    merged: dict[str, Any] | None = plain
    for part in parts:
        merged = _merge(merged, part) if merged is not None and isinstance(part, Mapping) else None
    return {**plain, "allOf": parts} if merged is None else merged


def _flat_keyword(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties") and isinstance(value, Mapping):
        return {name: flatten(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [flatten(item) for item in value] if key in ("allOf", "anyOf", "oneOf", "items") else value
    return flatten(value) if key in ("items", "not") else value


def _merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of values that fit both; None when one plain schema cannot express it."""
    merged = dict(first)
    for key, value in second.items():
        if key not in merged or key in ("title", "description", "$schema", "default"):
            merged.setdefault(key, value)
        elif key == "required":
            merged[key] = [*merged[key], *(name for name in value if name not in merged[key])]
        elif key == "properties":
            together = dict(merged[key])
            for name, inner in value.items():
                both = _merge(together[name], inner) if name in together else inner
                if both is None:
                    return None
                together[name] = both
            merged[key] = together
        elif key == "type":
            kinds = sorted(types({"type": merged[key]}) & types({"type": value}))
            merged[key] = kinds[0] if len(kinds) == 1 else kinds
            if not kinds:
                return None
        elif merged[key] != value:
            return None
    return merged


def unfolded(node: Schema, own: Schema, common: Schema) -> dict[str, Any]:
    """The schema with the references at its top and in its `allOf` replaced. References of its fields stay."""
    plain = _named(node, own, common)
    if "allOf" in plain:
        plain = flatten({**plain, "allOf": [unfolded(part, own, common) for part in plain["allOf"]]})
    return plain


def _named(node: Schema, own: Schema, common: Schema) -> dict[str, Any]:
    found: Any = dict(node)
    seen: set[str] = set()
    while isinstance(found.get("$ref"), str):
        reference = found["$ref"]
        if reference in seen:  # round and round: it admits anything
            return {}
        seen.add(reference)
        home = common if reference.startswith("common.json") else own
        stated = {"description": found["description"]} if "description" in found else {}
        target = home.get(reference.rsplit("/", 1)[-1])
        found = {**(_qualified(target) if home is common else target or {}), **stated}
    return dict(found)


def _qualified(node: Any) -> Any:
    """A reference inside the common file, with the file's name in front as other files need it."""
    if isinstance(node, list):
        return [_qualified(inner) for inner in node]
    if not isinstance(node, Mapping):
        return {} if node is None else node
    named = {key: _qualified(value) for key, value in node.items()}
    if str(named.get("$ref", "")).startswith("#"):
        named["$ref"] = f"common.json{named['$ref']}"
    return named


def types(schema: Schema) -> frozenset[str]:
    """The JSON types that the schema allows; a number may be an integer."""
    stated = schema.get("type", _TYPES)
    kinds = {stated} if isinstance(stated, str) else set(stated)
    return frozenset(kinds | {"integer"} if "number" in kinds else kinds)


def at(schema: Schema, path: str) -> Schema | None:
    """The schema of the field at a dotted path such as `detail.new.orderId`; None when it describes no such field."""
    node: Any = schema
    for name in path.split("."):
        properties = node.get("properties") if isinstance(node, Mapping) else None
        node = properties.get(name) if isinstance(properties, Mapping) else None
    return node if isinstance(node, Mapping) else None


def fields(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema, bool]]:
    """(path, schema, whether it is required) of every field, depth first, items of lists under `[]`."""
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name), inner, name in schema.get("required", ())
        if isinstance(inner, Mapping):
            yield from fields(inner, (*path, name))
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from fields(items, (*path, "[]"))
