"""AWS::EventSchemas::Registry, Schema and RegistryPolicy."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.schemas.registry import Document, SchemaRegistry, SchemasError, registry_arn, schema_arn


class Registry:
    """`Ref` is the ARN. The attributes are RegistryArn and RegistryName."""

    def __init__(self, store: SchemaRegistry) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("RegistryName") or physical_name(stack, logical_id, longest=64)
        with _reasons():
            self._store.create_registry(name, properties.get("Description") or "")
        return self._created(name)

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if old.get("RegistryName") != new.get("RegistryName"):
            return self.create(logical_id, new, stack)
        name = physical_id.rpartition("/")[2]
        with _reasons():
            self._store.update_registry(name, new.get("Description") or "")
        return self._created(name)

    def delete(self, physical_id: str, properties: Properties) -> None:
        name = physical_id.rpartition("/")[2]
        if name in self._store.registries:
            with _reasons():
                self._store.delete_registry(name)

    @staticmethod
    def _created(name: str) -> Created:
        return registry_arn(name), {"RegistryArn": registry_arn(name), "RegistryName": name}


class Schema:
    """`Ref` is the ARN. The attributes are SchemaArn, SchemaName, SchemaVersion and two dates. Each change of the
    content is a new version."""

    def __init__(self, store: SchemaRegistry) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        registry, name = _required(properties, "RegistryName"), properties.get("SchemaName")
        name = name or physical_name(stack, logical_id)
        with _reasons():
            made = self._store.create_schema(
                registry,
                name,
                _required(properties, "Type"),
                _required(properties, "Content"),
                properties.get("Description") or "",
            )
        return self._created(registry, made)

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if any(old.get(key) != new.get(key) for key in ("RegistryName", "SchemaName")):
            return self.create(logical_id, new, stack)
        registry, name = _names(physical_id)
        with _reasons():
            changed = self._store.update_schema(
                registry,
                name,
                _required(new, "Type"),
                _required(new, "Content"),
                new.get("Description") or "",
            )
        return self._created(registry, changed)

    def delete(self, physical_id: str, properties: Properties) -> None:
        registry, name = _names(physical_id)
        if name in self._store.registries.get(registry, {}).get("schemas", {}):
            self._store.delete_schema(registry, name)

    @staticmethod
    def _created(registry: str, schema: Document) -> Created:
        arn, newest = schema_arn(registry, schema["name"]), schema["versions"][-1]
        return arn, {
            "SchemaArn": arn,
            "SchemaName": schema["name"],
            "SchemaVersion": newest["number"],
            "LastModified": schema["modified"],
            "VersionCreatedDate": newest["created"],
        }


class RegistryPolicy:
    """A registry's resource policy, which GetResourcePolicy returns. `Ref` is the registry's ARN plus `-policy`."""

    def __init__(self, store: SchemaRegistry) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name, policy = _required(properties, "RegistryName"), properties.get("Policy")
        text = policy if isinstance(policy, str) else json.dumps(policy)
        with _reasons():
            self._store.put_policy(name, text)
        return f"{registry_arn(name)}-policy", {"Id": f"{registry_arn(name)}-policy"}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        return self.create(logical_id, new, stack)

    def delete(self, physical_id: str, properties: Properties) -> None:
        name = physical_id.removesuffix("-policy").rpartition("/")[2]
        if name in self._store.registries:
            self._store.put_policy(name, None)


def _names(arn: str) -> tuple[str, str]:
    registry, _, name = arn.partition(":schema/")[2].partition("/")
    return registry, name


def _required(properties: Properties, key: str) -> str:
    value = properties.get(key)
    if not isinstance(value, str) or not value:
        raise ResourceFailed(f"{key} is required and must be a string")
    return value


class _reasons:  # noqa: N801 - reads as a statement
    """Turn an error of the store into the reason in the stack's events."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, SchemasError):
            raise ResourceFailed(str(error)) from None
