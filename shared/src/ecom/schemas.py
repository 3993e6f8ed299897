"""JSON Schemas of events: read from files, bundled, compiled on first use and then cached.

A schema file is `events/{DetailType}.json` of the service that publishes it: draft 4, of the whole event. It may refer
to `common.json#/definitions/{Name}`; `bundle` copies the definitions into the schema, so that the registry, the
package and the tests use one self-contained document.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecom.errors import InvalidEvent

_NAME = re.compile("[A-Za-z0-9]{1,128}")
_COMMON = "common.json#/definitions/"
Validator = Callable[[Any], Any]


class Schemas:
    """The schemas in some folders, by name. The first folder that has a name wins."""

    def __init__(self, *folders: Path, common: Path | None = None) -> None:
        self._folders = folders
        self._common = common or common_file()
        self._compiled: dict[str, Validator] = {}

    @classmethod
    def of_service(cls, package_file: str) -> "Schemas":
        """The schemas that the service with this package `__file__` publishes and consumes."""
        return cls(*events_folders(package_file))

    def document(self, name: str) -> dict[str, Any]:
        """The bundled schema. Raises InvalidEvent if no schema has that name."""
        if not _NAME.fullmatch(name):
            raise InvalidEvent("the detail-type is not a schema name")
        for folder in self._folders:
            path = folder / f"{name}.json"
            if path.is_file():
                return bundle(json.loads(path.read_text()), self._common)
        raise InvalidEvent(f"no schema {name}")

    def check(self, name: str, value: Any) -> None:
        """Raise InvalidEvent with the path and the rule unless the value fits the schema."""
        if name not in self._compiled:
            self._compiled[name] = compile_schema(self.document(name))
        from fastjsonschema import JsonSchemaValueException

        try:
            self._compiled[name](value)
        except JsonSchemaValueException as error:
            # The message names the path and the rule, not the value, which may be personal.
            raise InvalidEvent(f"{name}: {error.message}") from None


def compile_schema(document: dict[str, Any]) -> Validator:
    import fastjsonschema

    compiled: Validator = fastjsonschema.compile(document, use_default=False)
    return compiled


def bundle(document: dict[str, Any], common: Path) -> dict[str, Any]:
    """A copy of the document that contains every definition it uses of the common file."""
    wanted: list[str] = []
    bundled: dict[str, Any] = _localise(document, wanted)
    definitions: dict[str, Any] = bundled.get("definitions", {})
    shared = json.loads(common.read_text())["definitions"] if wanted else {}
    while wanted:
        name = wanted.pop()
        if name not in definitions:
            if name not in shared:
                raise InvalidEvent(f"{common.name} has no definition {name}")
            definitions[name] = _localise(shared[name], wanted)
    return {**bundled, "definitions": definitions} if definitions else bundled


def _localise(node: Any, wanted: list[str]) -> Any:
    if isinstance(node, dict):
        ref = node.get("$ref", "")
        if isinstance(ref, str) and (ref.startswith(_COMMON) or ref.startswith("#/definitions/")):
            name = ref.rsplit("/", 1)[-1]
            if ref.startswith(_COMMON) or "definitions" not in node:
                wanted.append(name)
            # Validators ignore keys beside `$ref`, but they inform readers of the registry.
            description = {"description": node["description"]} if "description" in node else {}
            return {"$ref": f"#/definitions/{name}", **description}
        return {key: _localise(value, wanted) for key, value in node.items()}
    if isinstance(node, list):
        return [_localise(item, wanted) for item in node]
    return node


def common_file() -> Path:
    """Beside this module in a package, in `shared/schemas/` in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "schemas" / "common.json"
    return packaged if packaged.is_file() else here.parents[1] / "schemas" / "common.json"


def events_folders(package_file: str) -> tuple[Path, ...]:
    """Where a service finds schemas: in its built package, or in a checkout, which has those of all services."""
    package = Path(package_file).resolve().parent
    packaged = package / "events"
    if packaged.is_dir():
        return (packaged,)
    service = package.parents[1]
    others = sorted(folder for folder in service.parent.glob("*/events") if folder.parent != service)
    return (service / "events", *others)
