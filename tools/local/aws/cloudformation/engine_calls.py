"""Calls of the engine's own API functions, inside the process, for our CloudFormation types."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.engine.patching import service


def call(service_name: str, operation: str, *arguments: Any) -> dict[str, Any]:
    """Run `operation` (a private function of the engine's service) and give its answer; an error is raised."""
    status, _headers, body = getattr(service(service_name), operation)(*arguments)
    answer: dict[str, Any] = json.loads(body) if body else {}
    if status >= 400:
        raise ResourceFailed(str(answer.get("message") or answer.get("Message") or answer))
    return answer


def call_alarms(operation: str, request: dict[str, Any]) -> None:
    """The same for CloudWatch, whose functions serve three protocols; here JSON."""
    call("cloudwatch", operation, {}, request, False, True)


def existing_bus(reference: str) -> tuple[str, str]:
    """Name and ARN of the bus that a name or an ARN stands for; an error when there is none."""
    name, error = service("eventbridge")._event_bus_name_from_ref(reference)
    if error:
        raise ResourceFailed(str(error[1]))
    return str(name), str(call("eventbridge", "_describe_event_bus", {"Name": name})["Arn"])


def bus_policy(bus: str) -> dict[str, Any]:
    """The resource policy of a bus, for changing it; made when there is none."""
    policies = service("eventbridge")._event_bus_policies
    if bus not in policies:
        policies[bus] = {"Version": "2012-10-17", "Statement": []}
    return policies[bus]  # type: ignore[no-any-return]  # the engine has no types


def drop_bus_policy(bus: str) -> None:
    service("eventbridge")._event_bus_policies.pop(bus, None)
