"""The dead-letter queue itself: looked through to its end, and each letter sent back before it is deleted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ecom.message_queue import REDRIVEN
from ecom.times import timestamp
from tools.operate.redrive.dead_letter import FromStream, Letter, ToQueue, read
from tools.project.aws import Target
from tools.project.problems import Problem

# Long enough for an operator's terminal; a letter that is not dealt with is let go at once.
HIDDEN_SECONDS = 120
EMPTY_LOOKS = 3
# What SQS says of a letter that was hidden for too long: it can be seen again, or somebody has deleted it.
NOT_OURS = {"MessageNotInflight", "InvalidParameterValue", "InvalidParameterValueException"}
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def queue_url(target: Target, service: str) -> str:
    """The dead-letter queue of a service's stack."""
    from botocore.exceptions import ClientError

    stack = f"ecommerce-{target.environment.name}-{service}"
    try:
        nested = target.cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="DeadLetters")
    except ClientError:
        raise Problem(f"{stack} is not deployed or has no dead-letter queue: `make deploy-{service}`") from None
    name = nested["StackResourceDetail"]["PhysicalResourceId"]
    outputs = target.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == "QueueUrl")


def moment_of(answer: Mapping[str, Any]) -> datetime:
    """When the queue answered, by its own clock: the one that its consumers' times are compared with."""
    try:
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    except (KeyError, ValueError):
        return LONG_AGO


@dataclass
class DeadLetterQueue:
    target: Target
    url: str

    def __post_init__(self) -> None:
        self._sqs = self.target.client("sqs")
        self._looked_at = LONG_AGO

    def letters(self) -> list[Letter]:
        """All letters that can be seen now, oldest first; each is hidden from others for a while."""
        found: dict[str, Letter] = {}
        try:
            looked_at = self._look(found)
        except BaseException:  # ctrl-C too: what was found is not dealt with
            for letter in found.values():
                self.let_go(letter)
            raise
        letters = sorted(found.values(), key=lambda letter: letter.sent_at)
        self._looked_at = max([looked_at, *(letter.sent_at for letter in letters)])
        return letters

    def _look(self, found: dict[str, Letter]) -> datetime:
        """Receive until there is nothing more, into `found`; when the queue answered first."""
        looked_at = LONG_AGO
        empty = 0
        while empty < EMPTY_LOOKS:
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            looked_at = looked_at if looked_at > LONG_AGO else moment_of(answer)
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            found |= {message["MessageId"]: read(message) for message in messages}
        return looked_at

    def let_go(self, letter: Letter) -> None:
        """Show the letter to others again. One that they can see already, or that is gone, is no error."""
        from botocore.exceptions import ClientError

        try:
            self._sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)
        except ClientError as error:
            if error.response["Error"]["Code"].rsplit(".", 1)[-1] not in NOT_OURS:
                raise

    def send_back(self, letter: Letter) -> str:
        """Send the letter back and delete it here, in that order: a crash between repeats it, which harms nobody."""
        match letter.back_to:
            case None:
                return "kept: nobody says where it came from"
            case ToQueue(place):
                # Consumers tell an operator's decision from a repeat by `Message.redriven_at`
                # (ecom.message_queue). When the operator decided, the outcomes of this run were not known.
                seen_at = timestamp(max(letter.sent_at, self._looked_at))
                decided = {REDRIVEN: {"DataType": "String", "StringValue": seen_at}}
                self._sqs.send_message(
                    QueueUrl=self._url_of(place), MessageBody=letter.payload, MessageAttributes=decided
                )
            case FromStream() as lost:
                records = list(self._records(lost))
                if not records:
                    return "kept: its records have left the stream (after a day)"
                self._invoke(lost.function, json.dumps({"Records": records}))
            case function:
                self._invoke(function.name, letter.payload)
        self.delete(letter)
        return "sent back"

    def delete(self, letter: Letter) -> None:
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)

    def mended(self, letter: Letter, payload: str) -> Letter:
        return replace(letter, payload=payload)

    def _invoke(self, function: str, payload: str) -> None:
        self.target.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=payload.encode())

    def _url_of(self, place: str) -> str:
        if place.startswith("http"):
            return place
        return str(self._sqs.get_queue_url(QueueName=place.rsplit(":", 1)[-1])["QueueUrl"])

    def _records(self, lost: FromStream) -> Iterator[dict[str, Any]]:
        """The records of the batch, as the stream hands them to a function."""
        streams = self.target.client("dynamodbstreams")
        from botocore.exceptions import ClientError

        try:
            iterator = streams.get_shard_iterator(
                StreamArn=lost.stream,
                ShardId=lost.shard,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=lost.first,
            )["ShardIterator"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("TrimmedDataAccessException", "ResourceNotFoundException"):
                return
            raise
        while iterator:
            answer = streams.get_records(ShardIterator=iterator, Limit=100)
            for record in answer["Records"]:
                yield _as_delivered(record, lost.stream)
                if record["dynamodb"]["SequenceNumber"] == lost.last:
                    return
            if not answer["Records"]:
                return
            iterator = answer.get("NextShardIterator")


def _as_delivered(record: dict[str, Any], stream: str) -> dict[str, Any]:
    """What the API answers, as Lambda would hand it over: times as numbers, bytes as base64, the stream named."""
    import base64
    from datetime import datetime

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value

    return {**plain(record), "eventSourceARN": stream}
