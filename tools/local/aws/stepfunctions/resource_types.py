"""AWS::StepFunctions::StateMachine."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.cloudformation.api_shapes import to_api
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.json_api import ApiError, Document, model_of
from tools.local.aws.stepfunctions.definition import is_ours, read
from tools.local.aws.stepfunctions.machines import LOGGING, TRACING, Machines
from tools.local.aws.stepfunctions.records import Store, machine_arn

_DEFINITIONS = ("DefinitionString", "Definition", "DefinitionS3Location")
_KNOWN = (
    *_DEFINITIONS,
    "DefinitionSubstitutions",
    "EncryptionConfiguration",
    "LoggingConfiguration",
    "RoleArn",
    "StateMachineName",
    "StateMachineType",
    "Tags",
    "TracingConfiguration",
)
_LOGGING = ("Level", "IncludeExecutionData", "Destinations.CloudWatchLogsLogGroup.LogGroupArn")


class StateMachine:
    """`Ref` is the ARN. The attributes are Arn, Name, StateMachineRevisionId.

    A machine that the engine runs is made by the engine's own functions. A definition that changes from one kind to the
    other keeps the ARN.
    """

    def __init__(
        self, machines: Machines, store: Store, engine: Mapping[str, Any], definition_of: Callable[[Document], str]
    ) -> None:
        """`engine` has the engine's functions for the type."""
        self._machines, self._store, self._engine, self._definition_of = machines, store, engine, definition_of

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        request = self._request(properties)
        if not _is_ours(properties, request["definition"]):
            made: Created = self._engine["create"](logical_id, properties, stack)
            return made
        name = str(properties.get("StateMachineName") or physical_name(stack, logical_id, longest=80))
        with _Reasons(), self._store.lock:
            if machine_arn(name) in self._store.machines:
                raise ResourceFailed(f"State Machine Already Exists: '{machine_arn(name)}'")
            tags = [{"key": one["Key"], "value": one["Value"]} for one in properties.get("Tags") or []]
            return _created(self._machines.create({**request, "name": name, "tags": tags}))

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        request = self._request(new)
        with self._store.lock:
            was_ours = physical_id in self._store.machines
        if not _is_ours(new, request["definition"]):
            if was_ours:
                self.delete(physical_id, old)
                return self.create(logical_id, new, stack)
            changed: Created = self._engine["update"](physical_id, old, new, stack, logical_id)
            return changed
        if not was_ours:
            self._engine["delete"](physical_id, old)
        if not was_ours or old.get("StateMachineName") != new.get("StateMachineName"):
            return self.create(logical_id, new, stack)
        with _Reasons(), self._store.lock:
            machine = self._machines.update(self._store.machine(physical_id), request)
            tags = {one["Key"]: one["Value"] for one in new.get("Tags") or []}
            removed = {one["Key"] for one in old.get("Tags") or []} - set(tags)
            kept = {key: value for key, value in machine["tags"].items() if key not in removed}
            machine["tags"] = {**kept, **tags}
            return _created(machine)

    def delete(self, physical_id: str, properties: Properties) -> None:
        with self._store.lock:
            if physical_id in self._store.machines:
                self._store.delete_machine(physical_id)
                return
        self._engine["delete"](physical_id, properties)

    def _request(self, properties: Properties) -> Document:
        """The properties as a request of the API. Raises ResourceFailed."""
        for name in properties:
            if name not in _KNOWN:
                raise ResourceFailed(f"the local cloud does not know the property {name}")
        if sum(name in properties for name in _DEFINITIONS) != 1:
            raise ResourceFailed(f"one of the properties {', '.join(_DEFINITIONS)} is required")
        if not properties.get("RoleArn"):
            raise ResourceFailed("the property RoleArn is required")
        request: Document = {
            "definition": self._definition_of(properties),
            "roleArn": str(properties["RoleArn"]),
            "loggingConfiguration": LOGGING,
            "tracingConfiguration": TRACING,
        }
        for name, known in (("LoggingConfiguration", _LOGGING), ("TracingConfiguration", ("Enabled",))):
            if name in properties:
                shape = model_of("stepfunctions").shape_for(name)
                member = name[0].lower() + name[1:]
                request[member] = {**request[member], **to_api(properties[name], shape, known)}
        if "EncryptionConfiguration" in properties:
            shape = model_of("stepfunctions").shape_for("EncryptionConfiguration")
            known = ("Type", "KmsKeyId", "KmsDataKeyReusePeriodSeconds")
            request["encryptionConfiguration"] = to_api(properties["EncryptionConfiguration"], shape, known)
        if request["loggingConfiguration"].get("level"):
            level = str(request["loggingConfiguration"]["level"]).upper()
            request["loggingConfiguration"] = {**request["loggingConfiguration"], "level": level}
        return request


def _is_ours(properties: Properties, definition: str) -> bool:
    try:
        return is_ours(read(definition), str(properties.get("StateMachineType", "STANDARD")))
    except ValueError as error:
        raise ResourceFailed(f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'") from None


def _created(machine: Document) -> Created:
    attributes = {"Arn": machine["arn"], "Name": machine["name"], "StateMachineRevisionId": machine["revision"]}
    return machine["arn"], attributes


class _Reasons:
    """Turn an error of the API into the reason in the stack's events."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ApiError):
            raise ResourceFailed(f"{error} ({error.code})") from None
