"""The engine's side of delivery: its functions, queues, topics and buses, and the one driver that runs the state
machines."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from tools.local.aws.iam.engine_roles import role_allows
from tools.local.delivery.driver import Driver, Stopping
from tools.local.delivery.model import Message, Outcome, Pace
from tools.local.engine.patching import core, service

log = logging.getLogger("local.delivery")

clock = time.time
driver = Driver(clock)
# Lambda waits one and two minutes before it repeats an asynchronous invocation; here one and two seconds.
pace = Pace(1 / 60)


def start() -> None:
    """Resume the pending work of the last run. Call it when the state has been loaded."""
    for take_up in _at_start:
        take_up()
    driver.start()


def stop() -> None:
    """Start no more work and discard the outcome of work that ends from now on. Call it before the server stops."""
    driver.stop()


_at_start: list[Callable[[], None]] = []


def at_start(function: Callable[[], None]) -> Callable[[], None]:
    """Register a function to call when the state has been loaded."""
    _at_start.append(function)
    return function


def new_id() -> str:
    return str(core("core.responses").new_uuid())


def run(reference: str, event: Any) -> Outcome:
    """Run a function, alias or version, given by its ARN, and wait for it.

    Raises `Stopping` when the cloud starts to stop meanwhile. A missing function counts as throttled, since it may be
    created later.
    """
    functions = service("lambda_svc")
    record, config, _ = functions._get_func_record_for_ref(reference)
    if record is None or config is None:
        log.warning("%s does not exist; its event waits", reference)
        return Outcome({"errorMessage": f"Function not found: {reference}"}, throttled=True)
    prepared = functions._execution_record_for_config(record, {**config, "FunctionArn": reference})
    result = functions._execute_function_with_config_scope(prepared, event)
    if driver.stopping:
        raise Stopping(reference)
    throttled = bool(result.get("throttle"))
    failed = bool(result.get("error")) and not throttled
    return Outcome(result.get("body"), failed, throttled, str(config.get("Version", "$LATEST")))


def send_as_function(message: Message) -> None:
    """Send to a queue, topic or bucket with the permissions of the function's role, as Lambda does."""
    place = message.destination
    kind = (place.split(":") + [""] * 3)[2]
    # The Lambda Developer Guide demands both for a bucket.
    on_bucket = (("s3:ListBucket", place), ("s3:PutObject", f"{place}/{message.key}"))
    needed = {"sqs": (("sqs:SendMessage", place),), "sns": (("sns:Publish", place),), "s3": on_bucket}.get(kind, ())
    if all(role_permits(message, action, resource) for action, resource in needed):
        put(message)


def role_permits(message: Message, action: str, resource: str = "") -> bool:
    """Whether the role of the sending function allows the action, on the destination by default; logs a refusal."""
    _, config, _ = service("lambda_svc")._get_func_record_for_ref(message.source)
    if role_allows(str((config or {}).get("Role", "")), action, resource or message.destination):
        return True
    log_dropped(message, f"the role of the function lacks {action}")
    return False


def log_dropped(message: Message, why: str) -> None:
    log.warning("%s: a message to %s is dropped: %s", message.source, message.destination, why)


def from_json(text: str | bytes) -> Any:
    return json.loads(text)


def engine_json(value: Any) -> str:
    """JSON exactly as the engine writes it."""
    return json.dumps(value)


def put(message: Message) -> None:
    """Send a message to a queue, topic or bucket of this cloud. One that cannot be sent is logged and dropped."""
    kind = message.destination.split(":")[2] if message.destination.startswith("arn:") else ""
    if kind == "sqs":
        problem = put_into_queue(message)
    elif kind == "sns":
        problem = publish(message)
    elif kind == "s3" and message.key:
        problem = store(message)
    else:
        problem = "only queues, topics and, for streams, buckets are served"
    if problem:
        log_dropped(message, problem)


def put_into_queue(message: Message, group: str = "") -> str:
    """Send to a queue. Returns an empty string, or the reason for a failure."""
    sqs = service("sqs")
    queue = sqs._queue_by_arn(message.destination)
    if queue is None:
        return "the queue does not exist"
    attributes = {
        name: {"DataType": kind, "StringValue": value} for name, (kind, value) in (message.attributes or {}).items()
    }
    request = {"QueueUrl": queue["url"], "MessageBody": message.body, "MessageAttributes": attributes}
    if queue.get("is_fifo"):
        request["MessageGroupId"] = group
    try:
        sqs._act_send_message(request, queue["url"])
    except sqs._Err as error:
        return str(error)
    return ""


def store(message: Message) -> str:
    """Store the message as an object of a bucket. Returns an empty string, or the reason for a failure."""
    bucket = message.destination.rpartition(":")[2]
    status, _headers, body = service("s3")._put_object(
        bucket, message.key, message.body.encode(), {"content-type": "application/json"}
    )
    return "" if status < 400 else body.decode(errors="replace")


def publish(message: Message, subject: str = "") -> str:
    """Publish to a topic. Returns an empty string, or the reason for a failure."""
    sns = service("sns")
    attributes = {
        name: {"DataType": kind, "StringValue": value} for name, (kind, value) in (message.attributes or {}).items()
    }
    try:
        result = sns.publish_internal(message.destination, message.body, subject, message_attributes=attributes)
    except sns.SnsPublishError as error:
        return str(error)
    return "" if result is not None else "the topic does not exist"
