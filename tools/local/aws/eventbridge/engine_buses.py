"""Event buses in the engine, and their resource policies."""

from typing import Any

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.engine.patching import service


def existing_bus(reference: str) -> tuple[str, str]:
    """Name and ARN of the bus with this name or ARN; raises ResourceFailed when there is none."""
    name, error = service("eventbridge")._event_bus_name_from_ref(reference)
    if error:
        raise ResourceFailed(str(error[1]))
    return str(name), str(call("eventbridge", "_describe_event_bus", {"Name": name})["Arn"])


def bus_policy(bus: str) -> dict[str, Any]:
    """The resource policy of a bus, for changing it. Created when there is none."""
    policies = service("eventbridge")._event_bus_policies
    if bus not in policies:
        policies[bus] = {"Version": "2012-10-17", "Statement": []}
    return policies[bus]  # type: ignore[no-any-return]  # the engine has no types


def drop_bus_policy(bus: str) -> None:
    service("eventbridge")._event_bus_policies.pop(bus, None)
