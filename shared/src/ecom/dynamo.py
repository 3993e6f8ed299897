"""DynamoDB's typed form and Python values. Whole numbers are `int`, others Decimal; no float ever."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Item = dict[str, Any]


def plain(item: Mapping[str, Any]) -> Item:
    """Python values of an item. Sets become sorted lists, since items end up as JSON."""
    return {key: _value(typed_value) for key, typed_value in item.items()}


def typed(values: Mapping[str, Any]) -> Item:
    """The item of Python values."""
    from boto3.dynamodb.types import TypeSerializer

    serializer = TypeSerializer()
    return {key: serializer.serialize(value) for key, value in values.items()}


def _value(typed_value: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed_value.items()
    match kind:
        case "S" | "B" | "BOOL":
            return value
        case "N":
            return _number(value)
        case "NULL":
            return None
        case "M":
            return plain(value)
        case "L":
            return [_value(item) for item in value]
        case "SS" | "BS":
            return sorted(value)
        case "NS":
            return sorted(_number(item) for item in value)
    raise ValueError(f"unknown DynamoDB type {kind}")


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number
