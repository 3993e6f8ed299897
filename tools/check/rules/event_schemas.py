"""Event schemas: one file per event, of the whole event, open to fields that consumers do not know, and registered."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError

from tools.check.rules.documents import Document, Path, read, read_template
from tools.check.rules.findings import Finding, Repository

COMMON = "shared/schemas/common.json"
DRAFT = "http://json-schema.org/draft-04/schema#"
ENVELOPE = ("source", "detail-type", "resources", "detail")


def check_schemas(repository: Repository) -> Iterator[Finding]:
    if repository.is_complete and COMMON in repository.files:
        common = read(repository, COMMON)
        yield from [common] if isinstance(common, Finding) else well_formed(common)
    for service, file in schema_files(repository):
        document = read(repository, file)
        yield from [document] if isinstance(document, Finding) else _of_schema(repository, service, document)
    for service in repository.chosen:
        yield from _registered(repository, service)


def schema_files(repository: Repository) -> Iterator[tuple[str, str]]:
    for service, file in repository.in_services("events/*.json"):
        if file.count("/") == 2:
            yield service, file


def common_definitions(repository: Repository) -> Mapping[str, Any]:
    document = read(repository, COMMON) if COMMON in repository.files else None
    data = document.data if isinstance(document, Document) else None
    definitions = data.get("definitions") if isinstance(data, Mapping) else None
    return definitions if isinstance(definitions, Mapping) else {}


def _of_schema(repository: Repository, service: str, document: Document) -> Iterator[Finding]:
    problems = list(well_formed(document))
    yield from problems
    if problems:
        return
    schema, event = document.data, PurePosixPath(document.file).stem
    if schema.get("title") != event:
        yield document.finding(("title",), f"the title is not {event}", "name file, title and detail-type alike")
    if schema.get("type") != "object":
        yield document.finding((), "does not describe an object", 'set "type": "object": the whole event')
    missing = [key for key in ENVELOPE if key not in schema.get("required", ())]
    if missing:
        yield document.finding(("required",), f"does not require {', '.join(missing)}", "require the whole envelope")
    for key, wanted in {"source": f"ecommerce.{service}", "detail-type": event}.items():
        found = schema.get("properties", {}).get(key, {}).get("enum")
        if found != [wanted]:
            yield document.finding(("properties", key), f"{key} can differ from {wanted}", f'set "enum": ["{wanted}"]')
    detail = schema.get("properties", {}).get("detail", {})
    if isinstance(detail, Mapping) and "metadata" in detail.get("required", ()):
        yield document.finding(
            ("properties", "detail", "required"),
            "requires metadata",
            "older producers do not send it: make it optional",
        )
    known = common_definitions(repository)
    for path, reference in _references(schema, ()):
        name = reference.rsplit("/", 1)[-1]
        place = schema.get("definitions", {}) if reference.startswith("#/definitions/") else known
        if not reference.startswith(("#/definitions/", "common.json#/definitions/")):
            yield document.finding(
                path, f"refers to {reference}", "refer to #/definitions/... or common.json#/definitions/..."
            )
        elif name not in place:
            yield document.finding(path, f"{reference} does not exist", f"there are: {', '.join(place) or 'none'}")


def well_formed(document: Document) -> Iterator[Finding]:
    """JSON Schema draft 4 by its own meta-schema, and open everywhere."""
    if not isinstance(document.data, Mapping):
        yield document.finding((), "is not a schema", "write an object")
        return
    if document.data.get("$schema") != DRAFT:
        yield document.finding(("$schema",), "does not declare draft 4", f'set "$schema": "{DRAFT}"')
    try:
        Draft4Validator.check_schema(document.data)
    except SchemaError as error:
        yield document.finding(
            tuple(error.absolute_path), f"is not a valid schema: {error.message[:200]}", "see JSON Schema draft 4"
        )
        return
    for path in _closed(document.data, ()):
        yield document.finding(
            path, "refuses unknown fields", "remove additionalProperties: consumers accept unknown fields"
        )


def _closed(node: Any, path: Path) -> Iterator[Path]:
    if isinstance(node, Mapping):
        if node.get("additionalProperties", True) is not True:
            yield (*path, "additionalProperties")
        for key, inner in node.items():
            yield from _closed(inner, (*path, key))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _closed(inner, (*path, index))


def _references(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield (*path, "$ref"), node["$ref"]
        for key, inner in node.items():
            yield from _references(inner, (*path, key))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _references(inner, (*path, index))


def _registered(repository: Repository, service: str) -> Iterator[Finding]:
    """Each schema file is in the registry as `{source}@{DetailType}`, and nothing else is."""
    document = read_template(repository, service)
    if document is None:
        return  # the check of templates reports it
    wanted = {PurePosixPath(file).stem: file for owner, file in schema_files(repository) if owner == service}
    resources = document.data.get("Resources")
    for name, body in resources.items() if isinstance(resources, Mapping) else ():
        if not isinstance(body, Mapping) or body.get("Type") != "AWS::EventSchemas::Schema":
            continue
        properties = body.get("Properties") or {}
        source, _, event = str(properties.get("SchemaName")).partition("@")
        file = wanted.pop(event, None) if source == f"ecommerce.{service}" else None
        place = ("Resources", name, "Properties")
        if not file:
            yield document.finding(
                (*place, "SchemaName"),
                f"{name}: {properties.get('SchemaName')} has no file",
                f"add events/{event}.json",
            )
            continue
        if f"events/{event}.json" not in str(properties.get("Content")):
            yield document.finding(
                (*place, "Content"), f"{name} does not register {file}", f"name events/{event}.json in Content"
            )
        if properties.get("Type") != "JSONSchemaDraft4":
            yield document.finding((*place, "Type"), f"{name} is not draft 4", "set Type: JSONSchemaDraft4")
    for event, file in wanted.items():
        yield Finding(
            file,
            1,
            "is not in the registry",
            f"add an AWS::EventSchemas::Schema ecommerce.{service}@{event} to {document.file}",
        )
