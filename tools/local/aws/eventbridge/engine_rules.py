"""AWS::Events::Rule where the engine differs from AWS."""

from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    OwnRef,
    Properties,
    ResourceFailed,
    provisioner_module,
    register,
    resource_type,
)
from tools.local.aws.eventbridge.engine_target_kinds import problem_of
from tools.local.engine.patching import patch, service

RULE = "AWS::Events::Rule"


class _Rule(OwnRef):
    """A rule that needs its bus and targets that are served."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        bus = _bus_of(properties)
        if bus != "default" and bus not in service("eventbridge")._event_buses:
            raise ResourceFailed(f"Event bus {bus} does not exist.")
        _check_targets(properties)
        return super().create(logical_id, properties, stack)

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        _check_targets(new)
        return super().update(physical_id, old, new, stack, logical_id)


def _bus_of(properties: Properties) -> str:
    return str(provisioner_module()._eb_rule_bus_name(properties))


def _check_targets(properties: Properties) -> None:
    for target in properties.get("Targets") or []:
        problem = problem_of(target)
        if problem:
            raise ResourceFailed(problem)


def _ref(name: str, _attributes: dict[str, Any], properties: Properties) -> str:
    bus = _bus_of(properties)
    return name if bus == "default" else f"{bus}|{name}"


@patch
def qualify_rules() -> None:
    """`Ref` of a rule is `bus|rule` on a custom bus on AWS; the engine gives `rule`. On the default bus both give the
    name."""
    register(RULE, _Rule(resource_type(RULE), _ref, lambda ref: ref.rpartition("|")[2]))
