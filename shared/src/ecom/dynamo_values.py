"""DynamoDB items as Python values, and back. A whole number is read as `int`, any other as Decimal, never as float."""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Item = dict[str, Any]

MAX_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_PLAIN_INT = 10**15  # DynamoDB's numbers have 38 digits: boto3 checks larger ones


def can_be_key(text: str, max_bytes: int = MAX_KEY_BYTES) -> bool:
    """Whether DynamoDB accepts this text as a partition key, or as a sort key with MAX_SORT_KEY_BYTES. If not, no item
    can have it."""
    try:
        return 0 < len(text.encode()) <= max_bytes
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can contain
        return False


def plain(item: Mapping[str, Any]) -> Item:
    """The Python values of an item in DynamoDB's typed form. Sets become sorted lists, because items end up as JSON."""
    return {key: _value(typed_value) for key, typed_value in item.items()}


def typed(values: Mapping[str, Any]) -> Item:
    """The item of these Python values, in DynamoDB's typed form."""
    return {key: _typed(value) for key, value in values.items()}


def _typed(value: Any) -> dict[str, Any]:
    """As boto3's serializer, which looks at each value a dozen times. What is rare here is left to it."""
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is bool:
        return {"BOOL": value}
    if kind is int and -MAX_PLAIN_INT < value < MAX_PLAIN_INT:
        return {"N": str(value)}
    if kind is dict:
        return {"M": typed(value)}
    if kind is list:
        return {"L": [_typed(each) for each in value]}
    from boto3.dynamodb.types import TypeSerializer

    return dict(TypeSerializer().serialize(value))


def _value(typed_value: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed_value.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "B":
            return _bytes(value)
        case "N":
            return _number(value)
        case "NULL":
            return None
        case "M":
            return plain(value)
        case "L":
            return [_value(item) for item in value]
        case "SS":
            return sorted(value)
        case "BS":
            return sorted(_bytes(item) for item in value)
        case "NS":
            return sorted(_number(item) for item in value)
    raise ValueError(f"unknown DynamoDB type {kind}")


def _bytes(value: bytes | str) -> bytes:
    """The bytes of a binary value: base64 text in the event of a stream, bytes in a response of the SDK."""
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)


def _number(text: str) -> int | Decimal:
    try:
        return int(text)  # nearly all are whole, and written as such
    except ValueError:
        number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number
