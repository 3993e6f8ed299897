"""AWS::Events::Rule where the engine differs from AWS."""

from collections.abc import Callable
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
from tools.local.engine.patching import core, patch, service

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


@patch
def targets_are_authorised_by_their_rule() -> None:
    """AWS authorises PutTargets, RemoveTargets and ListTargetsByRule, whose requests name the rule in `Rule`, on the
    rule, and writes a rule of the default bus without the bus's name (Service Authorization Reference, Amazon
    EventBridge). The engine takes the bus for the first, and writes `rule/default/...`."""
    actions = core("core.iam_actions")
    find: Callable[..., Any] = actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        if service == "events":
            rule = actions._safe_json_field(body, "Rule")
            bus = str(actions._safe_json_field(body, "EventBusName") or "default").rpartition("/")[2]
            if rule:
                return f"arn:aws:events:{region}:{account}:rule/{'' if bus == 'default' else f'{bus}/'}{rule}"
        found = find(service, method, path, headers, body, query, region, account)
        return found.replace(":rule/default/", ":rule/") if isinstance(found, str) else found

    actions.extract_resource_arn = extract_resource_arn
