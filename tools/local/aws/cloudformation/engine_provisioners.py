"""CloudFormation in the engine: its table of resource types, and the observation of every property that it reads.

`register` adds a resource type. `observe` lets an observer see each create, update and delete of a resource with the
properties as the provisioner gets them. That is how ignored properties are found.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tools.local.engine.patching import core, patch

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""Physical id (what `Ref` gives) and attributes (what `Fn::GetAtt` gives)."""


class ResourceFailed(ValueError):
    """A resource cannot be created. The text becomes the reason in the stack's events."""


class ResourceType(Protocol):
    """CloudFormation's operations on one type. An `update` that returns a new physical id is a replacement."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created: ...

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created: ...

    def delete(self, physical_id: str, properties: Properties) -> None: ...


class Notes(Protocol):
    """The properties that a mapping contains, and those that were read: dotted paths without list positions."""

    @property
    def requested(self) -> list[str]: ...

    @property
    def texts(self) -> dict[str, str]: ...

    def unread(self) -> list[str]: ...


@dataclass(frozen=True)
class Resource:
    """One resource of one stack, as an observer sees it."""

    stack: str
    logical_id: str
    type_name: str
    physical_id: str


class Observer(Protocol):
    """Sees the operations on resources.

    `wrap` returns the mapping for the provisioner, and the notes that the mapping takes; no notes when the properties
    are such a mapping already (an update that fell back to create). The mapping is deleted before the notes are read.
    """

    def wrap(self, properties: Properties) -> tuple[Properties, Notes | None]: ...

    def created(self, resource: Resource, notes: Notes) -> None: ...

    def updated(self, resource: Resource, old: Properties, notes: Notes) -> None: ...

    def deleted(self, resource: Resource) -> None: ...


def provisioner_module() -> Any:
    """The engine's module of resource types."""
    return core("services.cloudformation.provisioners")


def register(type_name: str, resource: ResourceType) -> None:
    """Add a type that the engine refuses as unsupported, or replace the engine's version of it."""
    table = provisioner_module()._RESOURCE_HANDLERS
    table[type_name] = {
        **{key: value for key, value in table.get(type_name, {}).items() if key in ("import", "snapshot")},
        "create": resource.create,
        "update": resource.update,
        "update_with_logical_id": True,
        "delete": resource.delete,
    }


def resource_type(type_name: str) -> dict[str, Any]:
    """The engine's own functions for a type, to build on."""
    return dict(provisioner_module()._RESOURCE_HANDLERS[type_name])


@dataclass(frozen=True)
class OwnRef:
    """The engine's handler of a type, with AWS's `Ref` instead of the engine's physical id."""

    handler: dict[str, Any]
    to_ref: Callable[[str, dict[str, Any], Properties], str]
    """(engine's id, attributes, properties) -> `Ref`"""
    to_id: Callable[[str], str]
    """`Ref` -> the engine's id"""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        engine_id, attributes = self.handler["create"](logical_id, properties, stack)
        return self.to_ref(engine_id, attributes, properties), attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        engine_id, attributes = self.handler["update"](self.to_id(physical_id), old, new, stack, logical_id)
        return self.to_ref(engine_id, attributes, new), attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self.handler["delete"](self.to_id(physical_id), properties)


def ref_is_arn(_engine_id: str, attributes: dict[str, Any], _properties: Properties) -> str:
    """For types whose `Ref` is the ARN."""
    return str(attributes["Arn"])


def physical_name(stack: str, logical_id: str, longest: int = 128) -> str:
    """The name of a resource without a name in the template. It is the same at every update."""
    return str(provisioner_module()._physical_name(stack, logical_id, max_len=longest))


def draw_new_name() -> None:
    """Draw another name for the resource that is being created, as AWS never reuses a name. Updates keep it."""
    provisioner_module()._NAME_SEED.set(secrets.token_hex(4))


def observe(observer: Observer) -> None:
    """Let `observer` see every resource operation, including nested stacks and replacements."""
    provisioners = provisioner_module()
    create, update, delete = (
        provisioners._provision_resource,
        provisioners._update_resource,
        provisioners._delete_resource,
    )

    def observed_create(type_name: str, logical_id: str, properties: Properties, stack: str) -> Created:
        seen, notes = observer.wrap(properties)
        physical_id, attributes = create(type_name, logical_id, seen, stack)
        del seen
        if notes is not None:
            observer.created(Resource(stack, logical_id, type_name, physical_id), notes)
        return physical_id, attributes

    def observed_update(
        type_name: str,
        old_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str | None = None,
        old_attributes: dict[str, Any] | None = None,
    ) -> Created:
        seen, notes = observer.wrap(new)
        physical_id, attributes = update(type_name, old_id, old, seen, stack, logical_id, old_attributes)
        del seen
        if notes is not None and old != new:  # else nothing was read, since nothing changed
            observer.updated(Resource(stack, logical_id or old_id, type_name, physical_id), old, notes)
        return physical_id, attributes

    def observed_delete(
        type_name: str,
        physical_id: str,
        properties: Properties,
        stack: str | None = None,
        logical_id: str | None = None,
    ) -> None:
        delete(type_name, physical_id, properties, stack, logical_id)
        if stack and logical_id:
            observer.deleted(Resource(stack, logical_id, type_name, physical_id))

    replacing = provisioners._replacing_change

    def unnoted_replacing(type_name: str, old: Properties, new: Properties) -> bool:
        # The engine compares every property here. That is not a use of them.
        return bool(replacing(type_name, dict(dict.items(old)), dict(dict.items(new))))

    provisioners._replacing_change = unnoted_replacing
    # `stacks` imported the functions by name, so both modules need the new ones.
    for module in (provisioners, core("services.cloudformation.stacks")):
        module._provision_resource = observed_create
        module._update_resource = observed_update
        module._delete_resource = observed_delete


@patch
def unchanged_resources_of_nested_stacks_keep_their_attributes() -> None:
    """A resource that an update does not change still answers Fn::GetAtt on AWS. The engine's nested stacks lose its
    attributes, so the first update that leaves a resource unchanged fails wherever it is referred to."""
    provisioners, stacks = provisioner_module(), core("services.cloudformation")
    original = provisioners._update_resource

    def update(
        type_name: str,
        old_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str | None = None,
        old_attributes: dict[str, Any] | None = None,
    ) -> Created:
        if old_attributes is None:
            known = (stacks._stacks.get(stack) or {}).get("_resources", {}).get(logical_id, {})
            old_attributes = known.get("Attributes")
        updated: Created = original(type_name, old_id, old, new, stack, logical_id, old_attributes)
        return updated

    for module in (provisioners, core("services.cloudformation.stacks")):
        module._update_resource = update


@patch
def change_sets_obey_conditions() -> None:
    """AWS removes a resource whose condition becomes false, and change sets show the removal. The engine's change sets
    list it as present."""
    change_sets, engine = core("services.cloudformation.changesets"), core("services.cloudformation.engine")
    resolve = change_sets._resolve_props_for_diff

    def resolve_without_absent(
        template: dict[str, Any], parameters: dict[str, Any], stack: str, stack_id: str
    ) -> dict[str, Any]:
        resolved: dict[str, Any] = resolve(template, parameters, stack, stack_id)
        conditions = engine._evaluate_conditions(template, parameters) if resolved else {}
        resources = {
            name: resource
            for name, resource in resolved.get("Resources", {}).items()
            if conditions.get(resource.get("Condition"), True)
        }
        return {**resolved, "Resources": resources} if resolved else resolved

    change_sets._resolve_props_for_diff = resolve_without_absent
