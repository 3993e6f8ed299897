"""AppSync's own scalars.

Each rule is AppSync's documented form of the value. One function serves both directions, so a Lambda cannot return what
a client could not send.
"""

import ipaddress
import json
import re
from collections.abc import Callable
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLScalarType, ValueNode, value_from_ast_untyped

_OFFSET = r"(Z|[+-]\d{2}:\d{2}(:\d{2})?)"
_DATE = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_OFFSET}?")
_TIME = re.compile(rf"(\d{{2}}:\d{{2}}(?::\d{{2}})?)(\.\d{{1,9}})?{_OFFSET}?")
_DATE_TIME = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})T(\d{{2}}:\d{{2}}(?::\d{{2}})?)(\.\d{{1,9}})?{_OFFSET}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_PHONE = re.compile(r"\+?(?:\([0-9]+\)|[0-9])[0-9 ()-]{2,30}")


class BadValue(ValueError):
    """A value that does not fit its scalar. The text never shows the value, which may be personal."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("it is not a string")
    return value


def _aws_date(value: Any) -> str:
    match = _DATE.fullmatch(_text(value))
    if not match:
        raise BadValue("it is not YYYY-MM-DD")
    date.fromisoformat(match[1])
    return str(value)


def _aws_time(value: Any) -> str:
    match = _TIME.fullmatch(_text(value))
    if not match:
        raise BadValue("it is not hh:mm:ss.sss")
    time.fromisoformat(match[1])
    return str(value)


def _aws_date_time(value: Any) -> str:
    match = _DATE_TIME.fullmatch(_text(value))
    if not match:
        raise BadValue("it is not YYYY-MM-DDThh:mm:ss.sss with Z or an offset")
    date.fromisoformat(match[1])
    time.fromisoformat(match[2])
    return str(value)


def _aws_timestamp(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("it is not an integer number of seconds")
    return value


def _aws_email(value: Any) -> str:
    if not _EMAIL.fullmatch(_text(value)):
        raise BadValue("it is not local-part@domain-part")
    return str(value)


def _aws_url(value: Any) -> str:
    parts = urlsplit(_text(value))
    if not parts.scheme or not parts.hostname or "//" in parts.path or re.search(r"\s", str(value)):
        raise BadValue("it is not a URL with a scheme and a host")
    return str(value)


def _aws_phone(value: Any) -> str:
    if not _PHONE.fullmatch(_text(value)):
        raise BadValue("it is not a phone number")
    return str(value)


def _aws_ip_address(value: Any) -> str:
    text = _text(value)
    if "/" in text:
        ipaddress.ip_network(text, strict=False)
    else:
        ipaddress.ip_address(text)
    return text


def _aws_json_in(value: Any) -> Any:
    """Parse the JSON text that a client sent. The resolver gets the value."""
    return json.loads(_text(value))


def _aws_json_out(value: Any) -> str:
    """Return a value as JSON text. A JSON text stays as it is."""
    if isinstance(value, str):
        json.loads(value)
        return value
    return json.dumps(value, separators=(",", ":"))


def _guard(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def guarded(value: Any) -> Any:
        try:
            return convert(value)
        except BadValue as error:
            raise GraphQLError(f"Unable to turn the value into a valid {name}: {error}") from None
        except (ValueError, TypeError, RecursionError):
            # The standard library's text would show the value.
            raise GraphQLError(f"Unable to turn the value into a valid {name}") from None

    return guarded


def _literal(name: str, convert: Callable[[Any], Any]) -> Callable[..., Any]:
    guarded = _guard(name, convert)

    def parse(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        return guarded(value_from_ast_untyped(node, variables))

    return parse


def _scalar(name: str, convert: Callable[[Any], Any], out: Callable[[Any], Any] | None = None) -> GraphQLScalarType:
    return GraphQLScalarType(
        name=name,
        serialize=_guard(name, out or convert),
        parse_value=_guard(name, convert),
        parse_literal=_literal(name, convert),
    )


SCALARS: dict[str, GraphQLScalarType] = {
    scalar.name: scalar
    for scalar in (
        _scalar("AWSDate", _aws_date),
        _scalar("AWSTime", _aws_time),
        _scalar("AWSDateTime", _aws_date_time),
        _scalar("AWSTimestamp", _aws_timestamp),
        _scalar("AWSEmail", _aws_email),
        _scalar("AWSJSON", _aws_json_in, _aws_json_out),
        _scalar("AWSURL", _aws_url),
        _scalar("AWSPhone", _aws_phone),
        _scalar("AWSIPAddress", _aws_ip_address),
    )
}
