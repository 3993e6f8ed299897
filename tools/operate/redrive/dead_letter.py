"""A dead letter: its event, its reason, and the function or queue that it can be sent back to.

Five writers exist: our own code (`ecom.dead_letters`), EventBridge for events that a target did not accept, Lambda for
invocations that used up their attempts, Lambda for records of a stream, and SQS for messages received too often. Lambda
stores records of a stream in a bucket, and the queue gets S3's event about the object. Earlier deployments sent the
place of the records in the stream.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tools.operate.redrive.renamed_functions import present_name

OF_A_STREAM = "DDBStreamBatchInfo"
BATCH_KEYS = dict.fromkeys(("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber"))


@dataclass(frozen=True)
class ToFunction:
    name: str  # or ARN, with its alias or version

    def __str__(self) -> str:
        return f"function {self.name.rsplit(':function:', 1)[-1]}"


@dataclass(frozen=True)
class ToQueue:
    place: str  # URL or ARN

    def __str__(self) -> str:
        return f"queue {self.place.replace(':', '/').rsplit('/', 1)[-1]}"


@dataclass(frozen=True)
class FromStream:
    """The dead letter refers to records of a stream, which keeps them for a day."""

    function: str
    stream: str
    shard: str
    first: str
    last: str

    def __str__(self) -> str:
        return f"function {self.function.rsplit(':function:', 1)[-1]}, records of the stream"


@dataclass(frozen=True)
class FromBucket:
    """The dead letter refers to an object with records of a stream. `function` is empty until the object is read."""

    bucket: str
    key: str
    function: str = ""

    def __str__(self) -> str:
        return f"function {self.function.rsplit(':function:', 1)[-1]}, records of the stream"


Destination = ToFunction | ToQueue | FromStream | FromBucket


@dataclass(frozen=True)
class DeadLetter:
    id: str
    receipt: str
    code: str
    reason: str
    payload: str
    back_to: Destination | None
    sent_at: datetime
    attempts: int | None

    @property
    def event(self) -> Mapping[str, Any]:
        return _object(self.payload) or {}

    @property
    def about(self) -> str:
        """The event's name and its ids; nothing else, since it may be personal."""
        event = self.event
        if "detail-type" in event:
            return readable(" ".join(map(str, [event["detail-type"], *_list(event.get("resources"))])))
        records = [record for record in (*_list(event.get("Records")), event) if isinstance(record, dict)]
        changes = [record["dynamodb"] for record in records if isinstance(record.get("dynamodb"), dict)]
        keys = [change["Keys"] for change in changes if isinstance(change.get("Keys"), dict)]
        if keys:
            typed = [value for key in keys for value in key.values() if isinstance(value, dict)]
            return readable("change of " + ", ".join(str(value) for each in typed for value in each.values()))
        return "a message"


def read(message: Mapping[str, Any]) -> DeadLetter:
    """The dead letter in an SQS message that was received with all of its attributes."""
    attributes = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    system = message.get("Attributes", {})
    body = str(message["Body"])
    code, reason = attributes.get("ERROR_CODE", ""), attributes.get("ERROR_MESSAGE", "")
    payload, attempts = body, None
    back_to: Destination | None = None
    record = _record_of(body)
    if stored := _object_created(body):
        code, back_to = "RECORDS_LOST", stored
    elif attributes.get("BACK_TO"):
        back_to = _origin(attributes["BACK_TO"])
        payload = _for_function(body) if isinstance(back_to, ToFunction) else body
    elif attributes.get("TARGET_ARN"):
        back_to = _by_arn(attributes["TARGET_ARN"])
        attempts = _integer(attributes.get("RETRY_ATTEMPTS"))
    elif record is not None:
        context = record["requestContext"]
        attempts = _integer(context.get("approximateInvokeCount"))
        answered = record.get("responsePayload") or {}
        if isinstance(answered, dict):
            code, reason = str(answered.get("errorType", "")), str(answered.get("errorMessage", ""))
        code = code or str(context.get("condition", ""))
        if OF_A_STREAM in record:
            batch = record[OF_A_STREAM]
            back_to = FromStream(
                present_name(str(context["functionArn"])),
                str(batch["streamArn"]),
                str(batch["shardId"]),
                str(batch["startSequenceNumber"]),
                str(batch["endSequenceNumber"]),
            )
        else:
            payload = json.dumps(record.get("requestPayload"))
            back_to = ToFunction(present_name(str(context["functionArn"])))
    elif system.get("DeadLetterQueueSourceArn"):
        back_to = ToQueue(str(system["DeadLetterQueueSourceArn"]))
        code, reason = "RECEIVED_TOO_OFTEN", "received too often; the function's log has the reason"
    return DeadLetter(
        id=str(message["MessageId"]),
        receipt=str(message["ReceiptHandle"]),
        code=readable(code),
        reason=readable(reason),
        payload=payload,
        back_to=back_to,
        sent_at=datetime.fromtimestamp(int(system.get("SentTimestamp", 0)) / 1000, UTC),
        attempts=attempts,
    )


def with_object(dead_letter: DeadLetter, stored: FromBucket, text: str | None) -> DeadLetter:
    """The dead letter with the records and the reason that its object contains. A `text` of None means that the object
    does not exist, or may not be read."""
    record = _record_of(text or "")
    if record is None or not isinstance(record.get("payload"), str):
        reason = (
            "the object with its records is deleted, or you may not read it"
            if text is None
            else "the object has no records"
        )
        return replace(dead_letter, back_to=None, reason=reason)
    context = record["requestContext"]
    return replace(
        dead_letter,
        code=readable(str(context.get("condition", ""))),
        reason="the function's log has the reason",
        payload=record["payload"],
        back_to=replace(stored, function=present_name(str(context["functionArn"]))),
        attempts=_integer(context.get("approximateInvokeCount")),
    )


def is_stream_batch(payload: str) -> bool:
    """Whether the payload is an invocation of a function that reads a stream."""
    records = _list((_object(payload) or {}).get("Records"))
    return bool(records) and all(isinstance(record, dict) and "dynamodb" in record for record in records)


def _object_created(body: str) -> FromBucket | None:
    """The object that S3's event is about, or None."""
    event = _object(body) or {}
    if (event.get("source"), event.get("detail-type")) != ("aws.s3", "Object Created"):
        return None
    try:
        return FromBucket(str(event["detail"]["bucket"]["name"]), str(event["detail"]["object"]["key"]))
    except (KeyError, TypeError):
        return None


def _record_of(body: str) -> dict[str, Any] | None:
    """The body as the record that Lambda sends to a destination, or None."""
    found = _object(body) or {}
    context = found.get("requestContext")
    if not (isinstance(context, dict) and isinstance(context.get("functionArn"), str)):
        return None
    batch = found.get(OF_A_STREAM, BATCH_KEYS)
    return found if isinstance(batch, dict) and batch.keys() >= BATCH_KEYS.keys() else None


def _origin(address: str) -> Destination:
    return ToQueue(address) if address.startswith("http") else ToFunction(f"{present_name(address)}:live")


def _for_function(body: str) -> str:
    """The payload for a function: a function that reads a stream expects a list of records."""
    found = _object(body) or {}
    return json.dumps({"Records": [found]}) if "dynamodb" in found else body


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object in a text, or None: a dead letter may contain anything."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def readable(text: str) -> str:
    """The text without control characters, which could change the operator's terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _by_arn(arn: str) -> Destination | None:
    kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
    return ToFunction(present_name(arn)) if kind == "lambda" else ToQueue(arn) if kind == "sqs" else None


def _integer(text: object) -> int | None:
    return int(str(text)) if str(text).isdigit() else None
