"""Creating, changing and deleting state machines: what is refused, and what is kept."""

from collections.abc import Callable
from typing import Any

from tools.local.aws.json_api import ApiError, Document
from tools.local.aws.stepfunctions.definition import MAX_BYTES, read, wrong_in
from tools.local.aws.stepfunctions.records import NAME, Store, key_of, machine_arn
from tools.local.home import REGION

LOGGING: Document = {"level": "OFF", "includeExecutionData": False}
TRACING: Document = {"enabled": False}
_CHANGED = {"role": "roleArn", "logging": "loggingConfiguration", "tracing": "tracingConfiguration"}
_REFUSED = ("publish", "versionDescription")


class Machines:
    """The machines of a store. Hold the store's lock. Every method raises ApiError."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        role_trusts: Callable[[str], bool],
        role_may_log: Callable[[str], bool],
        region: str = REGION,
    ) -> None:
        """`role_trusts` says whether Step Functions may assume a role, `role_may_log` whether that role may deliver
        logs."""
        self._store, self._clock, self._new_id = store, clock, new_id
        self._region = region
        self._role_trusts, self._role_may_log = role_trusts, role_may_log

    def create(self, request: Document) -> Document:
        """A new machine. The same request again answers the machine that exists, as on AWS."""
        name = request["name"]
        if not NAME.fullmatch(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}'")
        machine: Document = {
            "arn": machine_arn(name, self._region),
            "name": name,
            "definition": key_of(request["definition"]),
            "role": request["roleArn"],
            "created": self._clock(),
            "updated": self._clock(),
            "logging": request.get("loggingConfiguration", LOGGING),
            "tracing": request.get("tracingConfiguration", TRACING),
            "tags": {one["key"]: one["value"] for one in request.get("tags", [])},
            "revision": self._new_id(),
        }
        known = self._store.machines.get(machine["arn"])
        if known is not None:
            if any(known[key] != machine[key] for key in ("definition", "role", "logging", "tracing")):
                raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine['arn']}'")
            return known
        self._check(request, request["roleArn"])
        machine["definition"] = self._store.keep_definition(request["definition"])
        self._store.machines[machine["arn"]] = machine
        self._store.changed()
        return machine

    def update(self, machine: Document, request: Document) -> Document:
        """Change a machine. Executions that run keep the definition and the role that they started with."""
        if not any(name in request for name in ("definition", *_CHANGED.values())):
            raise ApiError("MissingRequiredParameter", "Either the definition, the role ARN, or both must be specified")
        self._check(request, str(request.get("roleArn", machine["role"])))
        if "definition" in request:
            machine["definition"] = self._store.keep_definition(request["definition"])
        for key, member in _CHANGED.items():
            machine[key] = request.get(member, machine[key])
        machine.update(updated=self._clock(), revision=self._new_id())
        self._store.changed()
        return machine

    def _check(self, request: Document, role: str) -> None:
        for name in _REFUSED:
            if request.get(name):
                raise ApiError("ValidationException", f"{name}: versions of state machines are not served here")
        if "encryptionConfiguration" in request and request["encryptionConfiguration"]["type"] != "AWS_OWNED_KEY":
            raise ApiError("ValidationException", "encryptionConfiguration: customer managed keys are not served here")
        if "definition" in request:
            check_definition(request["definition"])
        if not self._role_trusts(role):
            raise ApiError(
                "AccessDeniedException",
                "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to"
                f" assume the provided role {role}.",
            )
        if request.get("loggingConfiguration", LOGGING).get("level", "OFF") != "OFF" and not self._role_may_log(role):
            raise ApiError(
                "AccessDeniedException",
                "The state machine IAM Role is not authorized to access the Log Destination",
            )


def check_definition(text: str) -> Any:
    """The definition. Raises ApiError InvalidDefinition with every reason."""
    if len(text.encode()) > MAX_BYTES:
        raise _invalid(f"the definition has more than {MAX_BYTES} bytes")
    try:
        definition = read(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"INVALID_JSON_DESCRIPTION: {error}") from None
    wrong = [str(one) for one in wrong_in(definition)]
    if wrong:
        raise _invalid(", ".join(wrong))
    return definition


def _invalid(reason: str) -> ApiError:
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{reason}'")
