"""Event source mappings of queues. The engine receives messages, waits and redrives; the function's answers are
evaluated here."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.eventbridge.recorder import State, recorder
from tools.local.aws.lambda_.batch_answers import messages_to_delete
from tools.local.aws.lambda_.engine_stream_mappings import arn_of_function
from tools.local.delivery import engine_delivery
from tools.local.delivery.driver import Stopping
from tools.local.delivery.model import Outcome
from tools.local.engine.patching import core, patch, service

# How long a mapping pauses after a batch that failed.
REST_SECONDS = 1.0
CONCURRENCY = (2, 1000)
# Between two looks of the poller that find nothing: a look costs about 0.3 ms of the one thread that serves all.
WAKE_GAP_SECONDS = 0.002


NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
           "ParallelizationFactor")  # fmt: skip


@patch
def answers_of_queue_consumers_are_evaluated() -> None:
    """AWS fails the whole batch when an answer with `batchItemFailures` is malformed or names an unknown message, and
    deletes at once the messages that a filter excludes. The engine deletes all messages that such an answer does not
    name, and excluded ones with the rest of their batch."""
    functions = core("services.lambda_svc")

    def run_batch(
        mapping: dict[str, Any],
        _record: dict[str, Any],
        event: dict[str, Any],
        batch: list[dict[str, Any]],
        queue_url: str,
        queue_name: str,
    ) -> None:
        queues = service("sqs")
        handles = {message["id"]: message["receipt_handle"] for message in batch}
        ids = [record["messageId"] for record in event["Records"]]
        queues._delete_messages_for_esm(queue_url, {handles[one] for one in handles.keys() - set(ids)})
        responses = core("core.responses")
        scope = (responses.get_account_id(), responses.get_region(), mapping["UUID"])
        try:
            outcome = engine_delivery.run(arn_of_function(scope, mapping), event)
        except Stopping:
            return  # the messages return later
        partial = "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or [])
        taken = messages_to_delete(outcome, ids, partial)
        queues._delete_messages_for_esm(queue_url, {handles[one] for one in taken})
        _note_outcomes(event["Records"], taken, outcome)
        if outcome.failed or outcome.throttled:
            functions._esm_backoff_until[mapping["UUID"]] = engine_delivery.clock() + REST_SECONDS
            engine_delivery.log.warning("%s failed on messages of %s: %s", mapping["FunctionName"], queue_name,
                                 outcome.error_message)  # fmt: skip
            mapping["LastProcessingResult"] = "FAILED" if outcome.failed else "THROTTLED"
        else:
            functions._esm_backoff_until.pop(mapping["UUID"], None)
            left = len(ids) - len(taken)
            mapping["LastProcessingResult"] = f"OK - {len(taken)} records" + (f", {left} failed" if left else "")

    functions._run_sqs_batch = run_batch


@engine_delivery.at_start
def _return_messages() -> None:
    """The functions that had received messages ended with the process of the cloud. On AWS nothing ends them all, so
    nothing there answers how long their messages stay hidden: here they return at once."""
    now = engine_delivery.clock()
    queues = service("sqs")
    for mapping in service("lambda_svc")._esms._data.values():
        source = str(mapping.get("EventSourceArn", ""))
        queue = queues._queue_by_arn(source) if ":sqs:" in source else None
        for message in queue["messages"] if queue else ():
            if message.get("receive_count") and message["visible_at"] > now:
                message["visible_at"] = now


def _note_outcomes(records: list[dict[str, Any]], taken: Collection[str], outcome: Outcome) -> None:
    """Note the outcome of the messages that are events of a bus, which a rule sent to the queue unchanged."""
    why = outcome.error_message if outcome.failed or outcome.throttled else "the function reported that it failed"
    for record in records:
        if '"detail-type"' not in record["body"]:
            continue
        try:
            event = engine_delivery.from_json(record["body"])
        except ValueError:
            continue
        if isinstance(event, dict):
            done = record["messageId"] in taken
            state = State.SUCCEEDED if done else State.RETRYING
            recorder.ran(str(event.get("id")), record["eventSourceARN"], state, "" if done else why)


@patch
def messages_do_not_wait_for_the_poller() -> None:
    """On AWS several pollers wait at a queue. The engine has one for all queues: woken without finding a message, which
    happens after each batch, it sleeps 50 ms, so that messages that follow each other wait at every queue."""
    core("services.lambda_svc")._ESM_IDLE_WAKE_GAP_SECONDS = WAKE_GAP_SECONDS


@patch
def numbers_of_stacks_are_numbers() -> None:
    """CloudFormation converts the value of a parameter to the type of the property: a concurrency of "50" is 50. The
    engine keeps the text, and its poller of queues then fails for every queue. A concurrency that Lambda's API refuses
    fails the stack."""
    handlers = core("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    create: Callable[..., Any] = handlers["create"]
    update: Callable[..., Any] = handlers["update"]

    def converted(made: Any) -> Any:
        mapping = core("services.lambda_svc")._esms.get(made[0]) or {}
        for name in NUMBERS:
            if isinstance(mapping.get(name), str):
                mapping[name] = int(mapping[name])
        if scaling := mapping.get("ScalingConfig"):
            mapping["ScalingConfig"] = {name: int(value) for name, value in scaling.items()}
        return made

    def create_converted(logical_id: str, properties: Any, *more: Any) -> Any:
        check_concurrency(properties)
        return converted(create(logical_id, properties, *more))

    def update_converted(physical_id: str, old: Any, new: Any, *more: Any) -> Any:
        check_concurrency(new)
        return converted(update(physical_id, old, new, *more))

    handlers["create"], handlers["update"] = create_converted, update_converted


def check_concurrency(properties: Mapping[str, Any]) -> None:
    """Raises ResourceFailed."""
    text = (properties.get("ScalingConfig") or {}).get("MaximumConcurrency")
    least, most = CONCURRENCY
    if text is not None and not (str(text).isdecimal() and least <= int(text) <= most):
        raise ResourceFailed(f"ScalingConfig.MaximumConcurrency must be a whole number from {least} to {most}")
