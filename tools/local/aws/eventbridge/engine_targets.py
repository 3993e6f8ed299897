"""Delivery of events to targets of rules, with the permissions that AWS requires.

The engine matches the rules and makes the input (path, transformer) of each target. It also forwards events to other
buses and to state machines, once the target's role was checked.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.eventbridge import targets
from tools.local.aws.eventbridge.engine_target_kinds import (
    FORWARD,
    offer_to_bus,
    offer_to_pipeline,
    offer_to_state_machine,
)
from tools.local.aws.eventbridge.recorder import State, recorder
from tools.local.aws.eventbridge.targets import Delivery, Refusal
from tools.local.aws.iam.engine_resource_policies import EVENTBRIDGE, key_problem, queue_allows, topic_allows
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.aws.lambda_.engine_async_invocations import invoke_later
from tools.local.aws.lambda_.engine_invoke import service_may_invoke
from tools.local.delivery import engine_delivery, engine_work
from tools.local.delivery.model import Message
from tools.local.engine.patching import core, patch, service
from tools.local.usage import meter

KIND = "target"
# The inputs that the engine has made for the target that it is serving.
_inputs: ContextVar[list[Any]] = ContextVar("target_inputs")


def _work(state: engine_work.State) -> tuple[engine_work.State, float] | None:
    again = targets.deliver(
        Delivery.from_state(state), _measured_offer, _dead_letter, engine_delivery.clock, engine_delivery.pace
    )
    return (again.delivery.to_state(), again.due) if again else None


def _measured_offer(one: Delivery) -> Refusal | None:
    refusal = _offer(one)
    if refusal is None or not refusal.retry:
        engine_metrics.count_for_rule(one.rule, "Invocations")
    if refusal is not None and not refusal.retry and not one.target.get("DeadLetterConfig"):
        engine_metrics.count_for_rule(one.rule, "FailedInvocations")  # not if there is a dead-letter queue
    _record(one, refusal)
    return refusal


def _record(one: Delivery, refusal: Refusal | None) -> None:
    event = engine_delivery.from_json(one.event or one.payload)
    state = State.DELIVERED if refusal is None else State.RETRYING if refusal.retry else State.FAILED
    reason = f"{refusal.code}: {refusal.text}" if refusal else ""
    recorder.offered(str(event["id"]), one.rule, str(one.target["Arn"]), state, reason)


def _offer(one: Delivery) -> Refusal | None:
    """Hand over the payload, if the target exists and allows the rule (or the target's role allows the action)."""
    arn = str(one.target.get("Arn", ""))
    offers = {"lambda": _offer_to_function, "sqs": _offer_to_queue, "sns": _offer_to_topic, **_engines_own}
    meter.add("events", "delivery", who=one.rule.rsplit("/", 1)[-1])
    return offers[arn.split(":")[2]](one, arn)


def serve_pipelines(start: Callable[[str, str, str], str]) -> None:
    """Serve pipelines as targets; see `offer_to_pipeline`."""
    _engines_own["codepipeline"] = lambda one, arn: offer_to_pipeline(one, arn, start)


# The engine hands over events of these kinds once the permission was checked; pipelines are ours.
_engines_own: dict[str, Callable[[Delivery, str], Refusal | None]] = {}


def _offer_to_function(one: Delivery, arn: str, journal: bool = False) -> Refusal | None:
    if service("lambda_svc")._get_func_record_for_ref(arn)[0] is None:
        return Refusal("NO_RESOURCE", f"Function not found: {arn}")
    role = str(one.target.get("RoleArn") or "")
    if role:
        allowed = role_allows(role, "lambda:InvokeFunction", arn)
    else:
        allowed = service_may_invoke(arn, EVENTBRIDGE, one.rule)
    if not allowed:
        return Refusal("NO_PERMISSIONS", f"{one.rule} may not invoke {arn}: the function's policy does not allow it")
    try:
        payload = engine_delivery.from_json(one.payload)
    except ValueError:
        return Refusal("INVALID_JSON", "The input of a function must be JSON")
    invoke_later(arn, payload, journal=journal)
    return None


def _offer_to_queue(one: Delivery, arn: str) -> Refusal | None:
    queue = service("sqs")._queue_by_arn(arn)
    if queue is None:
        return Refusal("NO_RESOURCE", f"Queue not found: {arn}")
    role = str(one.target.get("RoleArn") or "")
    allowed = role_allows(role, "sqs:SendMessage", arn) if role else queue_allows(arn, EVENTBRIDGE, one.rule)
    if not allowed:
        return Refusal("NO_PERMISSIONS", f"{one.rule} may not send to {arn}: the queue's policy does not allow it")
    problem = key_problem(queue["attributes"], EVENTBRIDGE, one.rule)
    if problem:
        return Refusal("NO_PERMISSIONS", f"{one.rule} may not send to {arn}: {problem}")
    group = str((one.target.get("SqsParameters") or {}).get("MessageGroupId") or "")
    problem = engine_delivery.put_into_queue(Message(arn, one.payload, source=one.rule), group)
    return Refusal("SDK_CLIENT_ERROR", problem) if problem else None


def _offer_to_topic(one: Delivery, arn: str) -> Refusal | None:
    topic = service("sns")._topic_by_arn_any_scope(arn)
    if topic is None:
        return Refusal("NO_RESOURCE", f"Topic not found: {arn}")
    role = str(one.target.get("RoleArn") or "")
    allowed = role_allows(role, "sns:Publish", arn) if role else topic_allows(arn, EVENTBRIDGE, one.rule)
    if not allowed:
        return Refusal("NO_PERMISSIONS", f"{one.rule} may not publish to {arn}: the topic's policy does not allow it")
    problem = key_problem(topic.get("attributes"), EVENTBRIDGE, one.rule)
    if problem:
        return Refusal("NO_PERMISSIONS", f"{one.rule} may not publish to {arn}: {problem}")
    problem = engine_delivery.publish(Message(arn, one.payload, source=one.rule))
    return Refusal("SDK_CLIENT_ERROR", problem) if problem else None


def _dead_letter(message: Message) -> None:
    """Send to the target's dead-letter queue, which must allow the rule as well."""
    problem = _no_dead_letter(message) or engine_delivery.put_into_queue(message)
    if problem:
        engine_delivery.log_dropped(message, problem)
    engine_metrics.count_for_rule(
        message.source, "InvocationsFailedToBeSentToDlq" if problem else "InvocationsSentToDlq"
    )


def _no_dead_letter(message: Message) -> str:
    queue = service("sqs")._queue_by_arn(message.destination)
    if queue is None:
        return "the queue does not exist"
    if not queue_allows(message.destination, EVENTBRIDGE, message.source):
        return "the queue's policy does not allow the rule"
    return key_problem(queue["attributes"], EVENTBRIDGE, message.source)


engine_work.register(KIND, lambda state: f"target {state['target']['Arn']}", 1, _work)


def _accept(target: Mapping[str, Any], rule: str, event_id: str, event: str, payload: str) -> None:
    """Accept an event for delivery to a queue, topic or function."""
    own_event = "" if payload == event else event
    # A plain copy: a template's target is a mapping of another type.
    plain = engine_delivery.from_json(engine_delivery.engine_json(target))
    one = Delivery(engine_delivery.new_id(), rule, plain, payload, own_event, engine_delivery.clock())
    arn = str(plain.get("Arn", ""))
    recorder.matched(event_id, rule, arn)
    if arn.split(":")[2] == "lambda" and _offer_to_function(one, arn, journal=True) is None:
        # The function's queue accepts it directly, without a job of its own in between.
        meter.add("events", "delivery", who=rule.rsplit("/", 1)[-1])
        engine_metrics.count_for_rule(rule, "Invocations")
        recorder.offered(event_id, rule, arn, State.DELIVERED)
        return
    engine_work.accept(one.id, KIND, one.to_state())


def _as_known(target: dict[str, Any]) -> dict[str, Any]:
    """A target as one of a kind that the engine knows, so that the engine makes its input."""
    arn = str(target.get("Arn", ""))
    return {**target, "Arn": arn.replace(":codepipeline:", ":lambda:", 1)} if ":codepipeline:" in arn else target


@patch
def events_reach_their_targets() -> None:
    """AWS attempts to deliver an event for up to a day, only to targets that allow the rule, and sends undeliverable
    ones to the target's dead-letter queue. The engine makes one attempt, checks no policy, and logs failures."""
    events = core("services.eventbridge")
    invoke: Callable[..., None] = events._invoke_target
    to_bus: Callable[..., None] = events._dispatch_to_event_bus
    to_state_machine: Callable[..., None] = events._dispatch_to_stepfunctions
    _engines_own["events"] = lambda one, arn: offer_to_bus(one, arn, to_bus)
    _engines_own["states"] = lambda one, arn: offer_to_state_machine(one, arn, to_state_machine)

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        view = view or events._pattern_event_view(event)
        made: list[Any] = []
        token = _inputs.set(made)
        try:
            invoke(_as_known(target), event, rule, view)
        finally:
            _inputs.reset(token)
        # Outside of the engine's function, which would log a failure and continue.
        for one in made:
            whole = engine_delivery.engine_json(view.event_with_detail())
            payload, forward = (one, {}) if isinstance(one, str) else (one["payload"] or whole, {FORWARD: one})
            _accept({**target, **forward}, str(rule.get("Arn", "")), str(event.get("EventId")), whole, payload)

    def to_function(_arn: str, payload: str) -> None:
        _inputs.get().append(payload)

    def to_queue(_spec: Any, payload: str, _parameters: Any = None) -> None:
        _inputs.get().append(payload)

    def to_topic(_arn: str, payload: str) -> None:
        _inputs.get().append(payload)

    def forward(
        _spec: Any, event: Mapping[str, Any], rule: Mapping[str, Any], path: set[str], payload: str | None = None
    ) -> None:
        plain = {key: value for key, value in event.items() if key != "_DispatchPath"}
        named = {key: rule.get(key) for key in ("Name", "EventBusName")}
        _inputs.get().append({"event": plain, "rule": named, "path": sorted(path), "payload": payload})

    events._invoke_target = invoke_target
    events._dispatch_to_event_bus = forward
    events._dispatch_to_stepfunctions = to_function
    events._dispatch_to_lambda = to_function
    events._dispatch_to_sqs = to_queue
    events._dispatch_to_sns = to_topic
