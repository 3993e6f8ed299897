"""The dead-letter queue: read to its end or up to a limit; each dead letter is sent back before it is deleted."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ecom.message_queue import REDRIVEN
from ecom.times import timestamp
from tools.operate.redrive.dead_letter import (
    DeadLetter,
    FromBucket,
    FromStream,
    ToQueue,
    is_stream_batch,
    read,
    with_object,
)
from tools.operate.redrive.stream_records import records_of
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service

# In seconds: how long a queue is read, and how long an operator then has to decide. No dead letter becomes visible to
# others in that time. Sending back or deleting thousands takes longer: others may receive the last ones meanwhile. One
# that is sent back twice does no harm; `--drop` ends when they are not `are_invisible` any more. Those that are not
# handled are released at the end.
READ_FOR, DECIDE_FOR = 60.0, 60.0
MAX_READ_FOR = 600
LONGEST_READ = f"--read-for {MAX_READ_FOR}"
# SQS refuses to deliver more while 120,000 messages of a queue are in flight.
MAX_READ = 100_000
PROGRESS_EVERY = 10.0
EMPTY_ANSWERS = 3
BATCH = 10
DEAD_LETTERS = "DeadLetters"
# SQS's errors for a message whose visibility time-out is over: it is visible again, or deleted.
NOT_OURS = {"MessageNotInflight", "InvalidParameterValue", "InvalidParameterValueException"}
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# The advice when not even the longest read finds more.
TOO_MANY = "one run cannot read more; send back or delete some first"


def progress_of(service: str, tell: Callable[[str], object]) -> Callable[[int], object]:
    """A `progress` for DeadLetterQueue: `tell` gets a line about the queue of this service."""
    return lambda number: tell(f"{service}: {number} dead letters read so far\n")


def queue_url(target: Target, service: Service) -> str:
    """The dead-letter queue of a service's stack."""
    from botocore.exceptions import ClientError

    if DEAD_LETTERS not in service.template["Resources"]:
        raise Problem(f"{service.name} has no dead-letter queue: it takes no events, messages or changes of a table")
    stack = f"ecommerce-{target.environment.name}-{service.name}"
    try:
        nested = target.cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=DEAD_LETTERS)
    except ClientError:
        reason = f"{stack} is not deployed, or without a dead-letter queue"
        raise Problem(f"{reason}: `make deploy-{service.name}`") from None
    name = nested["StackResourceDetail"]["PhysicalResourceId"]
    outputs = target.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == "QueueUrl")


def moment_of(answer: Mapping[str, Any]) -> datetime:
    """When the queue answered, by SQS's clock, with which consumers compare times."""
    try:
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    except (KeyError, ValueError):
        return LONG_AGO


@dataclass
class DeadLetterQueue:
    """`progress` gets the number of dead letters that were read, every 10 seconds."""

    target: Target
    url: str
    read_for: float = READ_FOR
    progress: Callable[[int], object] = lambda _number: None
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._sqs = self.target.client("sqs")
        self._read_at = LONG_AGO
        self.unread = 0
        # Whether a longer read would find more: this one was ended by its time, and `--read-for` takes more.
        self.may_read_longer = False
        self._invisible_until = 0.0

    @property
    def visibility_timeout(self) -> float:
        """From the beginning of the read, in seconds."""
        return self.read_for + DECIDE_FOR

    @property
    def are_invisible(self) -> bool:
        """Whether the dead letters of the last read are still in flight, unless they were handled."""
        return self.clock() <= self._invisible_until

    def dead_letters(self) -> list[DeadLetter]:
        """The visible dead letters, oldest first: at most MAX_READ, and those that could be read in `read_for` seconds.
        `unread` is about how many are left, 0 after a full read. They are in flight for `visibility_timeout` seconds,
        or until `release`."""
        found: dict[str, DeadLetter] = {}
        with self.released_after_an_error(found.values):
            read_at = self._receive_all(found)
        dead_letters = sorted(found.values(), key=lambda dead_letter: dead_letter.sent_at)
        self._read_at = max([read_at, *(dead_letter.sent_at for dead_letter in dead_letters)])
        return dead_letters

    def in_flight(self) -> int:
        """About how many dead letters cannot be received now, because another reader of the queue has received them."""
        return self._number("ApproximateNumberOfMessagesNotVisible")

    def _number(self, name: str) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _receive_all(self, found: dict[str, DeadLetter]) -> datetime:
        """Receive into `found` until the queue is empty, the time is over, or MAX_READ are found. Returns when the
        queue answered first."""
        read_at = LONG_AGO
        empty = self.unread = 0
        self.may_read_longer = False
        began = shown = self.clock()
        self._invisible_until = began + self.visibility_timeout
        while empty < EMPTY_ANSWERS:
            now = self.clock()
            if now - began >= self.read_for or len(found) >= MAX_READ:
                self.unread = max(self._number("ApproximateNumberOfMessages"), 1)
                self.may_read_longer = len(found) < MAX_READ and self.read_for < MAX_READ_FOR
                break
            if now - shown >= PROGRESS_EVERY:
                shown = now
                self.progress(len(found))
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=int(self.visibility_timeout),
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            read_at = read_at if read_at > LONG_AGO else moment_of(answer)
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            received = {message["MessageId"]: read(message) for message in messages}
            found |= received
            for name, dead_letter in received.items():
                if isinstance(dead_letter.back_to, FromBucket):
                    found[name] = with_object(dead_letter, dead_letter.back_to, self._text(dead_letter.back_to))
        return read_at

    def _text(self, stored: FromBucket) -> str | None:
        """The object's text; None when there is no such object. To an operator who may not list the bucket, S3 does not
        say so: it refuses access."""
        from botocore.exceptions import ClientError

        s3 = self.target.client("s3")
        try:
            return str(s3.get_object(Bucket=stored.bucket, Key=stored.key)["Body"].read().decode())
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
                raise
            return None

    def release(self, dead_letter: DeadLetter) -> None:
        """Make the dead letter visible to others. A dead letter that is visible already or deleted is no error."""
        from botocore.exceptions import ClientError

        try:
            self._sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=dead_letter.receipt, VisibilityTimeout=0
            )
        except ClientError as error:
            if not _is_not_ours(error.response["Error"]["Code"]):
                raise

    def release_all(self, dead_letters: Iterable[DeadLetter]) -> None:
        """Release many in few requests, also after SQS refused some: then it raises at the end. A request without an
        answer ends it, since the next ones would wait as long."""
        from botocore.exceptions import ClientError

        receipts = [dead_letter.receipt for dead_letter in dead_letters]
        refusals: list[ClientError] = []
        failed: list[str] = []
        for start in range(0, len(receipts), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts[start : start + BATCH])
            ]
            try:
                answer = self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
            except ClientError as error:
                refusals.append(error)
                continue
            failed += [
                f"{entry['Code']} {entry.get('Message', '')}".strip()
                for entry in answer.get("Failed", ())
                if not _is_not_ours(entry["Code"])
            ]
        if refusals:
            raise refusals[0]
        if failed:
            later = f"they become visible within {self.visibility_timeout:.0f} s"
            raise Problem(f"{len(failed)} dead letters could not be released: {failed[0]}; {later}")

    @contextmanager
    def released_after_an_error(self, dead_letters: Callable[[], Iterable[DeadLetter]]) -> Iterator[None]:
        """Release these dead letters if the block fails or is interrupted by ctrl-C. The error of the block is raised,
        whether or not they could be released."""
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self.release_all(dead_letters())
            raise

    def send_back(self, dead_letter: DeadLetter) -> str:
        """Send the dead letter back, then delete it. After a crash in between it is sent twice, which is safe."""
        failure = ""
        match dead_letter.back_to:
            case None:
                return "kept: its origin is unknown"
            case ToQueue(place):
                # Consumers distinguish an operator's decision from a repeat by `Message.redriven_at`
                # (ecom.message_queue). When the operator decided, the outcomes of this run were not known.
                seen_at = timestamp(max(dead_letter.sent_at, self._read_at))
                decided = {REDRIVEN: {"DataType": "String", "StringValue": seen_at}}
                self._sqs.send_message(
                    QueueUrl=self._url_of(place), MessageBody=dead_letter.payload, MessageAttributes=decided
                )
            case FromStream() as lost:
                records = list(records_of(lost, self.target.client("dynamodbstreams")))
                if not records:
                    return "kept: its records have left the stream (after a day)"
                failure = self._publish(lost.function, json.dumps({"Records": records}))
            case FromBucket() as stored:
                failure = self._publish(stored.function, dead_letter.payload)
            case function if is_stream_batch(dead_letter.payload):
                failure = self._publish(function.name, dead_letter.payload)
            case function:
                lambda_ = self.target.client("lambda")
                lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=dead_letter.payload.encode())
        if failure:
            return failure
        self.delete(dead_letter)
        return "sent back"

    def delete(self, dead_letter: DeadLetter) -> None:
        """Delete the message, then the object that it refers to. An object that stays expires by itself."""
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=dead_letter.receipt)
        if isinstance(dead_letter.back_to, FromBucket):
            stored = dead_letter.back_to
            self.target.client("s3").delete_object(Bucket=stored.bucket, Key=stored.key)

    def _publish(self, function: str, payload: str) -> str:
        """Give records of a stream to their function and wait for its answer. Returns why they are kept, or an empty
        string. An asynchronous invocation would succeed even if the function answers that records failed."""
        answer = self.target.client("lambda").invoke(FunctionName=function, Payload=payload.encode())
        said = json.loads(answer["Payload"].read() or b"null") or {}
        if answer.get("FunctionError"):
            return f"kept: the function failed: {said.get('errorType', answer['FunctionError'])}"
        return "kept: the function could not publish all records" if said.get("batchItemFailures") else ""

    def _url_of(self, place: str) -> str:
        if place.startswith("http"):
            return place
        return str(self._sqs.get_queue_url(QueueName=place.rsplit(":", 1)[-1])["QueueUrl"])


def _is_not_ours(code: str) -> bool:
    return code.rsplit(".", 1)[-1] in NOT_OURS
