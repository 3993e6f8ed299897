"""What consumers rely on in a schema besides its form: a unique name, an ordering key, a description of each field."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from tools.check.rules.documents import Document, read
from tools.check.rules.event_schemas import common_definitions, schema_files, well_formed
from tools.check.rules.findings import Finding, Repository
from tools.events.schema import Schema, at, fields, whole

ORDERING_KEY = "x-ordering-key"
# Equal in every event, and described once, in the catalogue.
_FIXED = ("source", "detail-type", "detail")


def check_promises(repository: Repository) -> Iterator[Finding]:
    yield from _names(repository)
    common = common_definitions(repository)
    for _, file in schema_files(repository):
        document = read(repository, file)
        # The check of schemas reports files that are not schemas.
        if isinstance(document, Document) and not list(well_formed(document)):
            yield from _of_schema(document, common)


def _names(repository: Repository) -> Iterator[Finding]:
    """A detail-type has one schema and one producer."""
    homes: dict[str, list[str]] = {}
    for file in repository.files:
        service, _, rest = file.partition("/")
        if service in repository.services and rest.startswith("events/") and rest.count("/") == 1:
            homes.setdefault(PurePosixPath(file).stem, []).append(service)
    for service, file in schema_files(repository):
        others = [home for home in homes[PurePosixPath(file).stem] if home != service]
        if others:
            event = PurePosixPath(file).stem
            yield Finding(file, 1, f"{event} is an event of {', '.join(others)} too", "give it another name")


def _of_schema(document: Document, common: Mapping[str, object]) -> Iterator[Finding]:
    schema = whole(document.data, common)
    if not isinstance(schema.get("description"), str) or not schema["description"].strip():
        yield document.finding((), "has no description of the event", "add a description: what has happened")
    key = schema.get(ORDERING_KEY)
    if not isinstance(key, str):
        yield document.finding(
            (), "names no ordering key", f'add "{ORDERING_KEY}": "detail.<the id of what events are ordered by>"'
        )
    elif at(schema, key) is None:
        yield document.finding((ORDERING_KEY,), f"has no field {key} to order by", "name a field of the detail")
    elif not is_always_there(schema, key):
        yield document.finding((ORDERING_KEY,), f"{key} may be missing", "order by a field that is required")
    for path, field, _ in fields(schema):
        described = isinstance(field.get("description"), str) and bool(field["description"].strip())
        if not described and path not in [(name,) for name in _FIXED]:
            name = ".".join(map(str, path))
            yield document.finding(_place(path), f"{name} is not described", "add a short description")


def is_always_there(schema: Schema, key: str) -> bool:
    """Whether each step of the dotted path is required."""
    node: Schema | None = schema
    for name in key.split("."):
        if node is None or name not in node.get("required", ()):
            return False
        node = at(node, name)
    return True


def _place(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path of the field in the file, up to the first reference to another file."""
    place: list[str | int] = []
    for name in path:
        place += ["items"] if name == "[]" else ["properties", name]
    return tuple(place)
