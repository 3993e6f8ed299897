"""Examples of events: each fits its schema, and stops fitting when anything required is taken away.

`events/examples/{DetailType}.json`, and as many `{DetailType}-{what it shows}.json` as are useful.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from jsonschema import Draft4Validator

from tools.lint.documents import Document, Path, read
from tools.lint.event_schemas import common_definitions, schema_files, well_formed
from tools.lint.findings import Finding, Repository


def check_examples(repository: Repository) -> Iterator[Finding]:
    validators = {}
    shown: set[tuple[str, str]] = set()
    for service, file in schema_files(repository):
        document = read(repository, file)
        # The check of schemas reports those that are none.
        if isinstance(document, Document) and not list(well_formed(document)):
            validators[service, PurePosixPath(file).stem] = (file, _validator(repository, document.data))
    for service, file in repository.in_services("events/examples/*.json"):
        event = PurePosixPath(file).stem.split("-")[0]
        document = read(repository, file)
        if isinstance(document, Finding):
            yield document
        elif (service, event) not in validators:
            yield Finding(file, 1, f"shows an event without a schema: {event}", f"add {service}/events/{event}.json")
        else:
            shown.add((service, event))
            yield from _of_example(document, validators[service, event][1])
    for key, (file, _) in validators.items():
        if key not in shown:
            yield Finding(file, 1, "has no example", f"add {key[0]}/events/examples/{key[1]}.json")


def _validator(repository: Repository, schema: Mapping[str, Any]) -> Draft4Validator:
    return Draft4Validator(expand(schema, schema.get("definitions", {}), common_definitions(repository)))


def expand(node: Any, own: Mapping[str, Any], common: Mapping[str, Any], trail: tuple[str, ...] = ()) -> Any:
    """The schema with every `$ref` replaced by what it names; one that leads nowhere, or round, admits anything."""
    if isinstance(node, list):
        return [expand(inner, own, common, trail) for inner in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        name = reference.rsplit("/", 1)[-1]
        home = common if reference.startswith("common.json") else own
        return {} if reference in trail else expand(home.get(name, {}), home, common, (*trail, reference))
    return {key: expand(inner, own, common, trail) for key, inner in node.items()}


def _of_example(document: Document, validator: Draft4Validator) -> Iterator[Finding]:
    errors = list(validator.iter_errors(document.data))
    for error in errors:
        place = tuple(error.absolute_path)
        where = ".".join(map(str, place)) or "the event"
        yield document.finding(
            place, f"{where} does not fit the schema: {error.message[:200]}", "mend the example or the schema"
        )
    if errors:
        return
    for path in required_paths(validator.schema, document.data):
        if validator.is_valid(_without(document.data, path)):
            yield document.finding(
                path, f"fits without {'.'.join(map(str, path))}", "the schema must require it in every branch"
            )
    for key in ("source", "detail-type"):
        if validator.is_valid({**document.data, key: "somebody.else"}):
            yield document.finding((key,), f"fits with another {key}", f"let the schema give {key} an enum")
    generous = copy.deepcopy(document.data)
    generous["detail"].pop("metadata", None)
    generous["detail"]["unknown"] = generous["unknown"] = {"new": True}
    if not validator.is_valid(generous):
        yield document.finding(
            (), "fits only with metadata and without unknown fields", "consumers are generous: open the schema"
        )


def required_paths(schema: Any, value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all fields that the (expanded) schema requires and the value has."""
    if not isinstance(schema, Mapping):
        return
    if isinstance(value, Mapping):
        yield from ((*path, key) for key in schema.get("required", ()) if key in value)
        for key, inner in schema.get("properties", {}).items():
            if key in value:
                yield from required_paths(inner, value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from required_paths(schema.get("items"), item, (*path, index))


def _without(event: Any, path: Path) -> Any:
    broken = copy.deepcopy(event)
    node = broken
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    return broken
