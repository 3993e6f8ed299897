"""The store of EventBridge's schema registries: registries, schemas, and every version of a schema.

Contents must be JSON. A new version is created only when the content changes. `api.py` is the HTTP API; the
CloudFormation types use the store directly.
"""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from tools.local.engine.own_services import caller_scope

Document = dict[str, Any]
SCHEMA_TYPES = ("OpenApi3", "JSONSchemaDraft4")


class SchemasError(Exception):
    """An error of the API: status, AWS's code, and a message for the caller."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def not_found(what: str) -> SchemasError:
    return SchemasError(404, "NotFoundException", f"{what} does not exist.")


def bad_request(message: str) -> SchemasError:
    return SchemasError(400, "BadRequestException", message)


def registry_arn(name: str) -> str:
    account, region = caller_scope()
    return f"arn:aws:schemas:{region}:{account}:registry/{name}"


def schema_arn(registry: str, name: str) -> str:
    account, region = caller_scope()
    return f"arn:aws:schemas:{region}:{account}:schema/{registry}/{name}"


class SchemaRegistry:
    """The registries of each account and region. The state is plain JSON: scope -> registry name -> registry."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._state: dict[str, dict[str, Document]] = {}

    # --- a part of the engine's state ---

    def get_state(self) -> Document:
        return deepcopy(self._state)

    def load_persisted_state(self, data: Document) -> None:
        self._state = data

    def reset(self) -> None:
        self._state.clear()

    # --- the store, also used by the CloudFormation types ---

    @property
    def registries(self) -> dict[str, Document]:
        return self._state.setdefault("/".join(caller_scope()), {})

    def registry(self, name: str) -> Document:
        try:
            return self.registries[name]
        except KeyError:
            raise not_found(f"Registry with name {name}") from None

    def schema(self, registry: str, name: str) -> Document:
        try:
            return self.registry(registry)["schemas"][name]  # type: ignore[no-any-return]  # from saved JSON
        except KeyError:
            raise not_found(f"Schema with name {name}") from None

    def create_registry(self, name: str, description: str = "") -> Document:
        if name in self.registries:
            raise SchemasError(409, "ConflictException", f"Registry with name {name} already exists.")
        if not re.fullmatch(r"[0-9A-Za-z_.@-]{1,64}", name):
            raise bad_request(f"The registry name {name} is not valid.")
        if name.startswith("aws."):
            raise bad_request("The prefix aws. is reserved.")
        self.registries[name] = {"name": name, "description": description, "policy": None, "schemas": {}}
        return self.registry(name)

    def update_registry(self, name: str, description: str) -> Document:
        registry = self.registry(name)
        registry["description"] = description
        return registry

    def delete_registry(self, name: str) -> None:
        """Delete a registry. Refused while it has schemas."""
        if self.registry(name)["schemas"]:
            raise bad_request(f"Registry {name} is not empty. Delete its schemas first.")
        del self.registries[name]

    def create_schema(self, registry: str, name: str, kind: str, content: str, description: str = "") -> Document:
        schemas = self.registry(registry)["schemas"]
        if name in schemas:
            raise SchemasError(409, "ConflictException", f"Schema with name {name} already exists.")
        if not re.fullmatch(r"[0-9A-Za-z_.@-]{1,385}", name):
            raise bad_request(f"The schema name {name} is not valid.")
        schemas[name] = {"name": name, "description": description, "versions": []}
        try:
            self._add_version(schemas[name], kind, content)
        except SchemasError:
            del schemas[name]
            raise
        return self.schema(registry, name)

    def update_schema(
        self, registry: str, name: str, kind: str | None, content: str | None, description: str | None
    ) -> Document:
        """Update a schema. Different content becomes a new version."""
        schema = self.schema(registry, name)
        newest = schema["versions"][-1]
        if content is not None and (content, kind or newest["type"]) != (newest["content"], newest["type"]):
            self._add_version(schema, kind or newest["type"], content)
        if description is not None:
            schema["description"] = description
        schema["modified"] = self._now().isoformat()
        return schema

    def delete_schema(self, registry: str, name: str) -> None:
        self.schema(registry, name)
        del self.registry(registry)["schemas"][name]

    def _add_version(self, schema: Document, kind: str, content: str) -> None:
        if kind not in SCHEMA_TYPES:
            raise bad_request(f"The schema type {kind} is not one of {', '.join(SCHEMA_TYPES)}.")
        try:
            parsed = json.loads(content)
        except (TypeError, ValueError, RecursionError) as error:
            raise bad_request(f"Failed to parse the schema content: {error}.") from None
        if not isinstance(parsed, dict):
            raise bad_request("The schema content must be a JSON object.")
        numbers = [int(version["number"]) for version in schema["versions"]]
        schema["modified"] = self._now().isoformat()
        schema["versions"].append(
            {
                "number": str(max([*numbers, 0]) + 1),
                "type": kind,
                "content": content,
                "created": schema["modified"],
            }
        )

    def version(self, registry: str, name: str, number: str | None) -> Document:
        versions = self.schema(registry, name)["versions"]
        if number is None:
            return versions[-1]  # type: ignore[no-any-return]  # from saved JSON
        for version in versions:
            if version["number"] == number:
                return version  # type: ignore[no-any-return]  # from saved JSON
        raise not_found(f"Schema version {number} of schema {name}")

    def delete_version(self, registry: str, name: str, number: str) -> None:
        version = self.version(registry, name, number)
        versions = self.schema(registry, name)["versions"]
        if len(versions) == 1:
            raise bad_request("The only version of a schema cannot be deleted; delete the schema.")
        versions.remove(version)

    def put_policy(self, name: str, policy: str | None) -> Document:
        """Set a registry's resource policy, or delete it. It is never evaluated, since the local cloud has one
        account."""
        registry = self.registry(name)
        revision = str(int((registry["policy"] or {}).get("RevisionId", "0")) + 1)
        registry["policy"] = None if policy is None else {"Policy": policy, "RevisionId": revision}
        return registry["policy"] or {}
