"""A function that takes its messages from an SQS queue because it calls somebody else.

Guarantees: a message is done once, on its own; what failed comes back after a wait that grows from 5 seconds to
15 minutes; what no retry can help goes to the dead-letter queue with its reason; so does, by the queue's redrive
policy, what failed for about a day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecom import jsons
from ecom.dead_letters import DeadLetters
from ecom.errors import InvalidEvent, Poison, TryAgain
from ecom.observability import logger, unforeseen
from ecom.times import in_utc

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 15 * 60


# The attribute that `make redrive` gives to what it sends back: an operator wants it handled, knowing what happened.
# Its value is the moment that the decision is about, the same for all that one run sends.
REDRIVEN = "REDRIVEN"


@dataclass(frozen=True, slots=True)
class Message:
    """`redriven_at`: when an operator looked who then sent it out of a dead-letter queue; None for a mere repeat. What
    happened after that moment, the operator did not know."""

    id: str
    body: Any
    sent_at: datetime
    received: int
    redriven_at: datetime | None = None

    @property
    def redriven(self) -> bool:
        return self.redriven_at is not None


@dataclass(frozen=True, slots=True)
class Queue:
    client: "SQSClient"
    url: str

    def put_back(self, receipt_handle: str, seconds: int) -> None:
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


def consume(
    records: Sequence[Mapping[str, Any]],
    handle: Callable[[Message], None],
    queue: Queue,
    dead_letters: DeadLetters,
) -> dict[str, list[dict[str, str]]]:
    """Handle each message; answer the partial batch response."""
    failed: list[dict[str, str]] = []
    for record in records:
        try:
            _settle(record, handle, queue, dead_letters)
        except Exception as error:
            # Whatever it is, the other messages of the batch must not pay for it: this one alone comes back.
            if isinstance(error, TryAgain):
                logger().info("put back", extra={"error_type": error.type, "reason": error.message})
            else:
                logger().error("put back", extra=unforeseen(error))
            queue.put_back(record["receiptHandle"], wait_after(int(record["attributes"]["ApproximateReceiveCount"])))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _settle(
    record: Mapping[str, Any], handle: Callable[[Message], None], queue: Queue, dead_letters: DeadLetters
) -> None:
    """Handle the message, or put it away. What cannot be put away comes back, alone as well."""
    try:
        handle(read(record))
    except Poison as error:
        dead_letters.send(record["body"], error, queue.url)


def read(record: Mapping[str, Any]) -> Message:
    try:
        body = jsons.loads(record["body"])
    except ValueError:
        raise InvalidEvent("the message is not JSON") from None
    sent_at = datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
    decided = record.get("messageAttributes", {}).get(REDRIVEN)
    return Message(
        id=record["messageId"],
        body=body,
        sent_at=sent_at,
        received=int(record["attributes"]["ApproximateReceiveCount"]),
        redriven_at=_decided_at(decided.get("stringValue"), sent_at) if decided else None,
    )


def _decided_at(said: Any, sent_at: datetime) -> datetime:
    """What the attribute says, else when it was sent; never later than that, whatever a clock said."""
    try:
        return min(in_utc(datetime.fromisoformat(said)), sent_at)
    except (TypeError, ValueError, OverflowError):
        return sent_at


def wait_after(attempts: int) -> int:
    """Seconds before the next attempt: 5, 10, 20 ... 900."""
    doubled: int = FIRST_WAIT_SECONDS * 2 ** min(max(attempts - 1, 0), 20)
    return min(doubled, LONGEST_WAIT_SECONDS)
