"""CloudFormation in the engine: its table of provisioners, and a look at every property it reads.

`register` adds a resource type. `observe` lets an observer see each create, update and delete of a resource
with the properties as the provisioner gets them, which is how ignored properties are found.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Protocol

from tools.local.aws.eventbridge.engine_target_kinds import problem_of
from tools.local.engine.patching import core, patch, service

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""Physical id (what `Ref` gives) and attributes (what `Fn::GetAtt` gives)."""


class ResourceFailed(ValueError):
    """A resource cannot be made; the text becomes the reason in the stack's events."""


class ResourceType(Protocol):
    """What CloudFormation does with one type. `update` may return a new physical id: a replacement."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created: ...

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created: ...

    def delete(self, physical_id: str, properties: Properties) -> None: ...


class Notes(Protocol):
    """What a mapping of properties asks for, and what of it was read; dotted paths without list positions."""

    @property
    def asked(self) -> list[str]: ...

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
    """Sees what happens to resources.

    `wrap` gives the mapping that the provisioner gets, and the notes it takes; no notes when the properties
    are such a mapping already (an update that fell back to create). The mapping is gone when the notes are read.
    """

    def wrap(self, properties: Properties) -> tuple[Properties, Notes | None]: ...

    def created(self, resource: Resource, notes: Notes) -> None: ...

    def updated(self, resource: Resource, old: Properties, notes: Notes) -> None: ...

    def deleted(self, resource: Resource) -> None: ...


def _provisioners() -> Any:
    return core("services.cloudformation.provisioners")


def register(type_name: str, resource: ResourceType) -> None:
    """Teach CloudFormation a type that the engine refuses as unsupported, or takes in its own way."""
    table = _provisioners()._RESOURCE_HANDLERS
    table[type_name] = {
        **{key: value for key, value in table.get(type_name, {}).items() if key in ("import", "snapshot")},
        "create": resource.create,
        "update": resource.update,
        "update_with_logical_id": True,
        "delete": resource.delete,
    }


def resource_type(type_name: str) -> dict[str, Any]:
    """The engine's own functions for a type, to build upon."""
    return dict(_provisioners()._RESOURCE_HANDLERS[type_name])


def known_types() -> frozenset[str]:
    return frozenset(_provisioners()._RESOURCE_HANDLERS)


def physical_name(stack: str, logical_id: str, longest: int = 128) -> str:
    """The name of a resource that the template leaves unnamed, the same at every update."""
    return str(_provisioners()._physical_name(stack, logical_id, max_len=longest))


def draw_a_new_name() -> None:
    """Another name for the resource that is being made: as AWS, which never gives one twice. Updates keep it."""
    _provisioners()._NAME_SEED.set(secrets.token_hex(4))


def observe(observer: Observer) -> None:
    """Let `observer` see every resource operation, those inside nested stacks and replacements included."""
    provisioners = _provisioners()
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
        if notes is not None and old != new:  # else nothing was read, since there was nothing to do
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
        # The engine compares every property here; that is no use of them.
        return bool(replacing(type_name, dict(dict.items(old)), dict(dict.items(new))))

    provisioners._replacing_change = unnoted_replacing
    # `stacks` took the functions by name, so both modules need the new ones.
    for module in (provisioners, core("services.cloudformation.stacks")):
        module._provision_resource = observed_create
        module._update_resource = observed_update
        module._delete_resource = observed_delete


@dataclass(frozen=True)
class _QualifiedRule:
    """AWS::Events::Rule whose `Ref` is `bus|rule` on a custom bus, as on AWS (the engine gives `rule`).

    On the default bus AWS gives the bare name, and so does this.
    """

    handler: dict[str, Any]

    @staticmethod
    def _qualified(name: str, properties: Properties) -> str:
        bus = str(_provisioners()._eb_rule_bus_name(properties))
        return name if bus == "default" else f"{bus}|{name}"

    @staticmethod
    def _check_targets(properties: Properties) -> None:
        for target in properties.get("Targets") or []:
            problem = problem_of(target)
            if problem:
                raise ResourceFailed(problem)

    @staticmethod
    def _bare(physical_id: str) -> str:
        return physical_id.rpartition("|")[2]

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        bus = _provisioners()._eb_rule_bus_name(properties)
        if bus != "default" and bus not in service("eventbridge")._event_buses:
            raise ResourceFailed(f"Event bus {bus} does not exist.")
        self._check_targets(properties)
        name, attributes = self.handler["create"](logical_id, properties, stack)
        return self._qualified(name, properties), attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        self._check_targets(new)
        name, attributes = self.handler["update"](self._bare(physical_id), old, new, stack, logical_id)
        return self._qualified(name, new), attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self.handler["delete"](self._bare(physical_id), properties)


@patch
def qualify_rules() -> None:
    """Restore AWS's physical id of a rule; see `_QualifiedRule`."""
    register("AWS::Events::Rule", _QualifiedRule(resource_type("AWS::Events::Rule")))


@patch
def what_a_nested_stack_leaves_alone_keeps_its_attributes() -> None:
    """A resource that an update does not touch still answers Fn::GetAtt. The engine's nested stacks forget what it
    answered, so that the first update which leaves a resource alone fails at whatever refers to it."""
    provisioners, stacks = _provisioners(), core("services.cloudformation")
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
    """A resource whose condition turns false is removed, and a change set says so; the engine's lists it as there."""
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
