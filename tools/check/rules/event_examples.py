"""Examples of events that their schema accepts, and examples that it refuses.

`events/examples/{DetailType}.json` and at least one `{DetailType}-{variant}.json` are valid, and become invalid without
any required field. At least one `events/refused/{DetailType}-{reason}.json` breaks exactly one rule.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from jsonschema import Draft4Validator

from tools.check.rules.documents import Document, Path, read
from tools.check.rules.event_schemas import common_definitions, schema_files, well_formed
from tools.check.rules.findings import Finding, Repository
from tools.events.schema import whole

EXAMPLES = 2
# The fields that EventBridge adds to the producer's.
DELIVERED = ("version", "id", "time", "account", "region")

Validators = Mapping[tuple[str, str], tuple[str, Draft4Validator]]


def check_examples(repository: Repository) -> Iterator[Finding]:
    validators = {}
    for service, file in schema_files(repository):
        document = read(repository, file)
        # The check of schemas reports files that are not schemas.
        if isinstance(document, Document) and not list(well_formed(document)):
            validators[service, PurePosixPath(file).stem] = (file, _validator(repository, document.data))
    for folder, enough, judge in (("examples", EXAMPLES, _of_example), ("refused", 1, _of_refused)):
        yield from _of_folder(repository, validators, folder, enough, judge)


def _of_folder(
    repository: Repository,
    validators: Validators,
    folder: str,
    enough: int,
    judge: Callable[[Document, Draft4Validator], Iterator[Finding]],
) -> Iterator[Finding]:
    counts = dict.fromkeys(validators, 0)
    for service, file in repository.in_services(f"events/{folder}/*.json"):
        event = PurePosixPath(file).stem.split("-")[0]
        document = read(repository, file)
        if isinstance(document, Finding):
            yield document
        elif (service, event) not in validators:
            yield Finding(
                file, 1, f"is an example of an event without a schema: {event}", f"add {service}/events/{event}.json"
            )
        else:
            counts[service, event] += 1
            yield from judge(document, validators[service, event][1])
    for (service, event), number in counts.items():
        if number < enough:
            wanted = {"examples": "that fit", "refused": "that must not fit"}[folder]
            yield Finding(
                validators[service, event][0],
                1,
                f"has {number} of {enough} examples {wanted}",
                f"add {service}/events/{folder}/{event}-<variant>.json",
            )


def _validator(repository: Repository, schema: Mapping[str, Any]) -> Draft4Validator:
    return Draft4Validator(whole(schema, common_definitions(repository)))


def _of_refused(document: Document, validator: Draft4Validator) -> Iterator[Finding]:
    """The file must break exactly one rule: the one in its name, also after the schema has changed."""
    errors = list(validator.iter_errors(document.data))
    if not errors:
        yield document.finding((), "fits the schema", "break the rule in the file's name, or correct the schema")
    if len(errors) > 1:
        rules = "; ".join(error.message[:80] for error in errors[:3])
        yield document.finding((), f"breaks {len(errors)} rules: {rules}", "break one only, and name the file for it")


def _of_example(document: Document, validator: Draft4Validator) -> Iterator[Finding]:
    errors = list(validator.iter_errors(document.data))
    for error in errors:
        place = tuple(error.absolute_path)
        where = ".".join(map(str, place)) or "the event"
        yield document.finding(
            place, f"{where} does not fit the schema: {error.message[:200]}", "correct the example or the schema"
        )
    if errors:
        return
    lacking = [key for key in DELIVERED if key not in document.data]
    if lacking:
        yield document.finding((), f"lacks {', '.join(lacking)}", "write the event as EventBridge delivers it")
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
            (), "fits only with metadata and without unknown fields", "consumers accept unknown fields: open the schema"
        )


def required_paths(schema: Any, value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all fields that the expanded schema requires and the value has."""
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
