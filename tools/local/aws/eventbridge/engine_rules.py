"""AWS::Events::Rule where the engine differs from AWS."""

from dataclasses import dataclass
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    provisioner_module,
    register,
    resource_type,
)
from tools.local.aws.eventbridge.engine_target_kinds import problem_of
from tools.local.engine.patching import patch, service


@dataclass(frozen=True)
class _QualifiedRule:
    """AWS::Events::Rule whose `Ref` is `bus|rule` on a custom bus, as on AWS (the engine gives `rule`).

    On the default bus AWS gives the bare name, and so does this.
    """

    handler: dict[str, Any]

    @staticmethod
    def _qualified(name: str, properties: Properties) -> str:
        bus = str(provisioner_module()._eb_rule_bus_name(properties))
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
        bus = provisioner_module()._eb_rule_bus_name(properties)
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
