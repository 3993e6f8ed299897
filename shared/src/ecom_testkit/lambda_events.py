"""What AWS hands to a function, built from the few values that a test is about.

Nothing here is random or reads a clock: the same call builds the same event, and each call a new one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecom.dynamo import typed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REGION, ACCOUNT = "eu-west-1", "111122223333"


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The second argument of a handler, as far as Powertools and our handlers read it."""

    function_name: str = "function-under-test"
    aws_request_id: str = "request-1"
    memory_limit_in_mb: int = 256
    remaining_ms: int = 10_000

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}:live"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def bus_event(
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    *,
    resources: Sequence[str] = (),
    id: str = "11111111-1111-4111-8111-111111111111",  # noqa: A002 - EventBridge's own name
    time: datetime = NOON,
) -> dict[str, Any]:
    """An event as a rule delivers it. `source` is the whole one: `ecommerce.orders`."""
    return {
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": _utc(time),
        "region": REGION,
        "resources": list(resources),
        "detail": _copy(detail),
    }


def stream_record(
    keys: Mapping[str, Any],
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    *,
    number: int = 1,
) -> dict[str, Any]:
    """One record of a table's stream, from plain items; whether it inserts, modifies or removes follows from them."""
    if old is None and new is None:
        raise ValueError("a stream record has an old image, a new one, or both")
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": NOON.timestamp(),
            "Keys": typed(dict(keys)),
            **{name: typed(dict(image)) for name, image in images.items() if image is not None},
            "SequenceNumber": str(100_000_000_000_000_000_000 + number),
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/2026-03-01T00:00:00.000",
    }


def rest_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    parameters: Mapping[str, str] | None = None,
    query: Mapping[str, list[str]] | None = None,
    received_at_ms: int | None = None,
    user_id: str | None = None,
    key_id: str | None = None,
) -> dict[str, Any]:
    """A call through API Gateway, signed by a service, with the token of a user, or with an API key. A body that is not
    text is sent as JSON."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": {name: list(values) for name, values in query.items()} if query else None,
        "pathParameters": dict(parameters) if parameters else None,
        "requestContext": {
            "stage": "prod",
            "requestId": "request-1",
            **({"requestTimeEpoch": received_at_ms} if received_at_ms is not None else {}),
            **({"authorizer": {"claims": {"sub": user_id, "token_use": "id"}}} if user_id is not None else {}),
            "identity": {
                "userArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/session",
                "sourceIp": "192.0.2.1",
                **({"apiKeyId": key_id} if key_id is not None else {}),
            },
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def person(user_id: str = "user-1", *groups: str) -> dict[str, Any]:
    """The identity of a signed-in user, as AppSync passes it on."""
    return {
        "sub": user_id,
        "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_pool",
        "username": user_id,
        "claims": {"sub": user_id, "token_use": "id", **({"cognito:groups": list(groups)} if groups else {})},
        "sourceIp": ["192.0.2.1"],
        "defaultAuthStrategy": "ALLOW",
        "groups": list(groups) or None,
    }


def field_event(
    field: str,
    arguments: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    *,
    parent: str = "Query",
    source: Any = None,
) -> dict[str, Any]:
    """A GraphQL field to resolve. Without an identity the caller came with an API key."""
    return {
        "arguments": _copy(arguments or {}),
        "identity": _copy(identity),
        "source": _copy(source),
        "info": {"fieldName": field, "parentTypeName": parent, "selectionSetList": [], "variables": {}},
        "request": {"domainName": None, "headers": {}},
    }


def queue_record(body: Any, *, received: int = 1, sent_at: datetime = NOON, number: int = 1) -> dict[str, Any]:
    """One message from a queue. A body that is not text is sent as JSON."""
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(received),
            "SentTimestamp": str(int(sent_at.timestamp() * 1000)),
            "SenderId": "sender",
            "ApproximateFirstReceiveTimestamp": str(int(sent_at.timestamp() * 1000)),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue",
        "awsRegion": REGION,
    }


def records(*each: dict[str, Any]) -> dict[str, Any]:
    """A batch, of a stream's records or of a queue's."""
    return {"Records": list(each)}


def trigger_event(
    trigger: str, user_id: str = "user-1", email: str = "shopper@example.com", **response: Any
) -> dict[str, Any]:
    """What a user pool asks its trigger, such as `PostConfirmation_ConfirmSignUp`; the answer is the same event."""
    return {
        "version": "1",
        "region": REGION,
        "userPoolId": f"{REGION}_pool",
        "userName": user_id,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
        "triggerSource": trigger,
        "request": {"userAttributes": {"sub": user_id, "email": email, "cognito:user_status": "CONFIRMED"}},
        "response": response,
    }


def _utc(time: datetime) -> str:
    """As EventBridge writes it: whole seconds, `Z`."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _copy(value: Any) -> Any:
    """As it arrives: through JSON, so that a handler cannot change what the test holds."""
    return json.loads(json.dumps(value))
