"""Targets that are buses or state machines, and the refusal of unsupported targets."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.eventbridge.targets import Delivery, Refusal
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.delivery import engine_delivery
from tools.local.engine.patching import core, patch, service

SERVED = ("lambda", "sqs", "sns", "states", "events", "codepipeline")
_ACTIONS = {
    "states": "states:StartExecution",
    "events": "events:PutEvents",
    "codepipeline": "codepipeline:StartPipelineExecution",
}
"""Kinds of targets that a rule reaches with a role, and the action that the role must allow."""
FORWARD = "_forward"
"""The key of a delivery to a bus for the event in the engine's form, and whether a transformer made its detail."""


def problem_of(target: Mapping[str, Any]) -> str:
    """Why a target cannot be served, in one line that says what to do; empty when it can."""
    arn = str(target.get("Arn", ""))
    kind, resource = (arn.split(":", 5) + [""] * 6)[2], (arn.split(":", 5) + [""] * 6)[5]
    name = f"target {target.get('Id', '')}"
    if kind not in SERVED or (kind == "events" and not resource.startswith("event-bus/")):
        what = "API destinations are" if resource.startswith("api-destination/") else f"{kind or arn} is"
        return (
            f"{name}: {what} not served here as a target; use a function, queue, topic, bus, pipeline or state machine"
        )
    if kind in _ACTIONS and not target.get("RoleArn"):
        needed = f"a role that events.amazonaws.com may assume and that allows {_ACTIONS[kind]}"
        return f"{name}: RoleArn is required, {needed}"
    return ""


def offer_to_bus(one: Delivery, arn: str, hand_over: Callable[..., None]) -> Refusal | None:
    events = service("eventbridge")
    spec = core("core.arn").parse_arn(arn)
    if spec.resource.partition("/")[2] not in events._event_buses:
        return Refusal("NO_RESOURCE", f"Event bus not found: {arn}")
    refusal = _role_refusal(one, "events:PutEvents", arn)
    if refusal is not None:
        return refusal
    forward = one.target[FORWARD]
    hand_over(spec, forward["event"], forward["rule"], set(forward["path"]), forward["payload"])
    return None


def offer_to_state_machine(one: Delivery, arn: str, hand_over: Callable[..., None]) -> Refusal | None:
    if service("stepfunctions")._resolve_state_machine_arn(arn) is None:
        return Refusal("NO_RESOURCE", f"State machine not found: {arn}")
    refusal = _role_refusal(one, "states:StartExecution", arn)
    if refusal is None:
        hand_over(arn, one.payload)
    return refusal


def offer_to_pipeline(one: Delivery, arn: str, start: Callable[[str, str, str], str]) -> Refusal | None:
    """`start(pipeline, rule, input)` starts an execution and returns an empty text, or why it could not."""
    refusal = _role_refusal(one, _ACTIONS["codepipeline"], arn)
    if refusal is not None:
        return refusal
    problem = start(arn.rpartition(":")[2], one.rule, one.payload)
    return Refusal("NO_RESOURCE", problem) if problem else None


def _role_refusal(one: Delivery, action: str, arn: str) -> Refusal | None:
    role = str(one.target.get("RoleArn") or "")
    if not _trusts_events(role):
        return Refusal("NO_PERMISSIONS", f"{role} does not let events.amazonaws.com assume it")
    if not role_allows(role, action, arn):
        return Refusal("NO_PERMISSIONS", f"{role} does not allow {action} on {arn}")
    return None


def _trusts_events(role_arn: str) -> bool:
    role = service("iam")._roles.get(role_arn.rpartition("/")[2])
    if role is None:
        return False
    document = role.get("AssumeRolePolicyDocument") or "{}"
    trust = engine_delivery.from_json(document) if isinstance(document, str) else document
    statements = trust.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        services = (statement.get("Principal") or {}) if isinstance(statement.get("Principal"), dict) else {}
        named = services.get("Service") or []
        if statement.get("Effect") == "Allow" and "events.amazonaws.com" in (
            [named] if isinstance(named, str) else named
        ):
            return True
    return False


@patch
def targets_that_are_not_served_are_refused() -> None:
    """AWS refuses a target without the role that it needs. The engine accepts any target, and ignores
    unsupported ones."""
    events = core("services.eventbridge")
    validate: Callable[[Mapping[str, Any]], Any] = events._validate_target_arn

    def validate_served(target: Mapping[str, Any]) -> Any:
        problem = problem_of(target)
        refused = validate(target)
        if refused or not problem:
            return refused
        return core("core.responses").error_response_json("ValidationException", problem, 400)

    events._validate_target_arn = validate_served
