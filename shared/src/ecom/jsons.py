"""JSON with exact numbers: Decimals keep their digits when written, and parsing makes no floats."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_COMPACT: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False, "allow_nan": False}


def dumps(value: Any) -> str:
    """Compact JSON. Whole Decimals are written as integers, others with all their digits; sets as sorted lists."""
    try:
        return _write(value)
    except _Fraction:
        return _exact(value)


def loads(text: str | bytes) -> Any:
    """Parse JSON; a number with a point or an exponent becomes a Decimal, never a float.

    Raises ValueError for text that is not JSON or is nested too deeply. An escaped half of a surrogate pair is refused
    too: no service of AWS stores or sends it.
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]  # both sides have the same type
            json.dumps(value, default=str, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


class _Fraction(Exception):
    """The encoder met a Decimal that it would round."""


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} cannot be written as JSON")
        if value != value.to_integral_value():
            raise _Fraction
        return int(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _exact(value: Any) -> str:
    """Slower encoding, for values that contain a fraction."""
    if isinstance(value, Mapping):
        inner = ",".join(f"{json.dumps(key, **_COMPACT)}:{_exact(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(_exact(item) for item in value)}]"
    if isinstance(value, Decimal) and value.is_finite() and value != value.to_integral_value():
        return str(value)
    return _write(value)


# `json.dumps` with arguments makes an encoder for each value.
_write = json.JSONEncoder(default=_encode, **_COMPACT).encode


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
