"""Asynchronous invocations: by the API, by rules, topics and buckets, and as destinations of other invocations."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local.aws.eventbridge.recorder import State, recorder
from tools.local.aws.lambda_ import async_invocations
from tools.local.aws.lambda_.async_invocations import Invocation, Settings
from tools.local.aws.lambda_.engine_invoke import service_may_invoke
from tools.local.delivery import engine_delivery, engine_work
from tools.local.delivery.model import Message, Outcome
from tools.local.engine.patching import core, patch, service

log = logging.getLogger("local.delivery")

KIND = "invocation"
# Per function: fewer than its environments, so that synchronous callers find a free one.
AT_ONCE = 4


def invoke_later(function: str, payload: Any, *, journal: bool = True) -> None:
    """Accept an event for a function, given by the ARN (with alias or version) that was invoked."""
    invocation = Invocation(engine_delivery.new_id(), function, payload, engine_delivery.clock())
    engine_work.accept(invocation.id, KIND, invocation.to_state(), journal=journal)


def settings_of(function: str) -> Settings:
    """The function's configuration: the EventInvokeConfig of exactly the alias or version that was invoked. Without
    either it is that of `$LATEST`, which the engine keeps under the name that it was given."""
    functions = service("lambda_svc")
    _, config, name = functions._get_func_record_for_ref(function)
    base = functions._functions.get(name) or {}
    qualifier = function.partition(":function:")[2].partition(":")[2]
    names = ["$LATEST", ""] if qualifier in ("", "$LATEST") else [qualifier]
    own: dict[str, Any] = next(filter(None, (functions._event_invoke_config(base, name) for name in names)), {})
    destinations = own.get("DestinationConfig") or {}
    return Settings(
        retries=int(own.get("MaximumRetryAttempts", 2)),
        age=float(own.get("MaximumEventAgeInSeconds", 21600)),
        on_success=str((destinations.get("OnSuccess") or {}).get("Destination") or ""),
        on_failure=str((destinations.get("OnFailure") or {}).get("Destination") or ""),
        dead_letters=str(((config or {}).get("DeadLetterConfig") or {}).get("TargetArn") or ""),
    )


def _work(state: engine_work.State) -> tuple[engine_work.State, float] | None:
    invocation = Invocation.from_state(state)
    function = invocation.function
    if service("lambda_svc")._get_func_record_for_ref(function)[0] is None:
        log.warning("%s does not exist any more; event %s is dropped", function, invocation.id)
        return None
    outcomes: list[Outcome] = []

    def run(event: Any) -> Outcome:
        outcomes.append(engine_delivery.run(function, event))
        return outcomes[-1]

    again = async_invocations.attempt(
        invocation,
        settings_of(function),
        run,
        _send,
        engine_delivery.clock,
        engine_delivery.pace,
    )
    _record(invocation, outcomes[-1] if outcomes else None, again is not None)
    return (again.invocation.to_state(), again.due) if again else None


def _record(invocation: Invocation, outcome: Outcome | None, again: bool) -> None:
    """Note the outcome if the payload is the event of a bus, which a rule passed on unchanged."""
    event = invocation.payload
    if not (isinstance(event, dict) and "detail-type" in event):
        return
    if outcome is not None and not outcome.failed and not outcome.throttled:
        recorder.ran(str(event.get("id")), invocation.function, State.SUCCEEDED)
    else:
        reason = outcome.error_message if outcome else "the event is older than the function's maximum event age"
        recorder.ran(str(event.get("id")), invocation.function, State.RETRYING if again else State.FAILED, reason)


def _send(message: Message) -> None:
    """Send a record or a dead letter with the permissions of the function's role."""
    kind = (message.destination.split(":") + [""] * 3)[2]
    if kind == "lambda":
        if engine_delivery.role_permits(message, "lambda:InvokeFunction"):
            invoke_later(message.destination, engine_delivery.from_json(message.body), journal=False)
    elif kind == "events":
        if engine_delivery.role_permits(message, "events:PutEvents"):
            _put_event(message)
    else:
        engine_delivery.send_as_function(message)


def _put_event(message: Message) -> None:
    condition = engine_delivery.from_json(message.body)["requestContext"]["condition"]
    result = "Success" if condition == async_invocations.SUCCESS else "Failure"
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {result}",
        "Detail": message.body,
        "Resources": [message.destination, message.source],
        "EventBusName": message.destination,
    }
    answer = engine_delivery.from_json(service("eventbridge")._put_events({"Entries": [entry]}, True)[2])
    if answer["FailedEntryCount"]:
        log.warning("%s: a record to %s is dropped: %s", message.source, message.destination, answer["Entries"])


engine_work.register(KIND, lambda state: f"function {state['function']}", AT_ONCE, _work)

_subscriber: ContextVar[str] = ContextVar("subscribed_function", default="")


@patch
def asynchronous_invocations_are_queued() -> None:
    """AWS queues an asynchronous invocation, makes three attempts over minutes, obeys the EventInvokeConfig of the
    alias or version that was invoked, and sends records of success and failure. The engine runs a thread per event,
    loses it when it stops, uses `$LATEST` only and sends no records of success."""
    functions = service("lambda_svc")

    def accept(record: dict[str, Any], event: Any) -> None:
        config = record.get("config") or record
        invoke_later(_subscriber.get() or str(config["FunctionArn"]), event)

    functions.invoke_async_with_retry = accept


class _SubscribedFunctions:
    """The functions as the engine's topics see them: running one starts an asynchronous invocation."""

    def __getattr__(self, name: str) -> Any:
        return getattr(service("lambda_svc"), name)

    @staticmethod
    def _execute_function_with_config_scope(record: dict[str, Any], event: Any) -> None:
        service("lambda_svc").invoke_async_with_retry(record, event)


@patch
def topics_invoke_asynchronously() -> None:
    """AWS invokes a subscribed function asynchronously, and only if the function's policy allows the topic. The engine
    calls it once, whatever the policy is."""
    topics = core("services.sns")
    deliver: Callable[..., None] = topics._deliver_to_lambda

    def deliver_if_allowed(endpoint: str, envelope: str, topic_arn: str, *rest: Any) -> None:
        if not service_may_invoke(endpoint, "sns.amazonaws.com", topic_arn):
            log.warning("%s: not delivered to %s: the function's policy does not allow the topic", topic_arn, endpoint)
            return
        token = _subscriber.set(endpoint)
        try:
            deliver(endpoint, envelope, topic_arn, *rest)
        finally:
            _subscriber.reset(token)

    topics._deliver_to_lambda = deliver_if_allowed
    topics._lambda_svc = _SubscribedFunctions()
