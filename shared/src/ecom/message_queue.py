"""A function that takes its messages from an SQS queue, because it calls another system.

Guarantees: each message is handled on its own, and slow ones do not keep the others until the function's time is over.
A message that failed comes back after a wait that grows from 5 seconds to 15 minutes, and its age is a metric. Poison
goes to the dead-letter queue with its reason at once. The queue's redrive policy sends a message there that failed for
about a day.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecom import jsons
from ecom.backoff import delay
from ecom.dead_letters import DeadLetters
from ecom.errors import InvalidEvent, Poison, TryAgain
from ecom.events import names_of
from ecom.observability import RETRIED_AGE, describe, logger, measure
from ecom.times import in_utc

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 15 * 60

# The message attribute that `make redrive` sets: the time at which the operator decided to send the message again. All
# messages of one redrive have the same time.
REDRIVEN = "REDRIVEN"


class NoTimeLeft(TryAgain):
    """The message was not started."""


@dataclass(frozen=True, slots=True)
class Message:
    """`redriven_at` is when an operator decided to redrive it, None for a message that was never redriven."""

    id: str
    body: Any
    sent_at: datetime
    receive_count: int
    redriven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    client: "SQSClient"
    url: str

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
        """Send a message of our own, which is delivered after the delay."""
        self.client.send_message(QueueUrl=self.url, MessageBody=jsons.dumps(body), DelaySeconds=delay_seconds)

    def retry_later(self, receipt_handle: str, seconds: int) -> None:
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


def handle_messages(
    records: Sequence[Mapping[str, Any]],
    handle: Callable[[Message], None],
    queue: Queue,
    dead_letters: DeadLetters,
    seconds_left: Callable[[], float] = lambda: math.inf,
) -> dict[str, list[dict[str, str]]]:
    """Handle each message. Return SQS's partial batch response.

    No message is started in the second half of the function's time, `seconds_left`: the others come back. A function
    that Lambda ends returns no response, and the whole batch is delivered again.
    """
    failed: list[dict[str, str]] = []
    ages: list[int] = []
    half = seconds_left() / 2
    for position, record in enumerate(records):
        try:
            _require_time(position == 0 or seconds_left() >= half)
            _handle_one(record, handle, queue, dead_letters)
        except Exception as error:
            # Any error: the other messages of the batch must not be delivered again because of this one.
            about = _names_of(record)
            if isinstance(error, TryAgain):
                logger().info("retry later", extra={**about, "error_type": error.type, "reason": error.message})
            else:
                logger().error("retry later", extra={**about, **describe(error)})
            failed.append({"itemIdentifier": record["messageId"]})
            ages.append(_age_of(record))
            _set_wait(record, queue)
    if ages:
        measure(RETRIED_AGE, ages, "Seconds")
    return {"batchItemFailures": failed}


def _age_of(record: Mapping[str, Any]) -> int:
    """The seconds since the message was sent."""
    return max(0, int(time.time() - int(record["attributes"]["SentTimestamp"]) / 1000))


def _names_of(record: Mapping[str, Any]) -> dict[str, str]:
    """What logs say of a message: the names of its event, and which delivery of the message this is."""
    try:
        body = jsons.loads(record["body"])
    except ValueError:
        body = None
    return {**names_of(body), "delivery": str(record["attributes"]["ApproximateReceiveCount"])}


def _require_time(is_left: bool) -> None:
    if not is_left:
        raise NoTimeLeft("the messages before it took half of the function's time")


def _set_wait(record: Mapping[str, Any], queue: Queue) -> None:
    """Set the wait before the next delivery. When SQS refuses, it is what is left of the queue's visibility time-out:
    an error would make Lambda deliver the whole batch again, with the messages that are handled."""
    attempts = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        queue.retry_later(record["receiptHandle"], int(delay(attempts, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)))
    except Exception as error:
        logger().error("the wait was not set", extra=describe(error))


def _handle_one(
    record: Mapping[str, Any], handle: Callable[[Message], None], queue: Queue, dead_letters: DeadLetters
) -> None:
    """Handle the message or send it to the dead-letter queue. When that fails too, the message comes back."""
    try:
        handle(parse_message(record))
    except Poison as error:
        dead_letters.send(record["body"], error, queue.url)


def parse_message(record: Mapping[str, Any]) -> Message:
    try:
        body = jsons.loads(record["body"])
    except ValueError:
        raise InvalidEvent("the message is not JSON") from None
    sent_at = datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
    redriven = record.get("messageAttributes", {}).get(REDRIVEN)
    return Message(
        id=record["messageId"],
        body=body,
        sent_at=sent_at,
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        redriven_at=_redriven_at(redriven.get("stringValue"), sent_at) if redriven else None,
    )


def _redriven_at(text: Any, sent_at: datetime) -> datetime:
    """The time in the attribute, but never later than the message was sent, whatever the operator's clock shows."""
    try:
        return min(in_utc(datetime.fromisoformat(text)), sent_at)
    except (TypeError, ValueError, OverflowError):
        return sent_at
