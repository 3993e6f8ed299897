"""The messages of AppSync's protocol."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tools.local.aws.appsync.errors import RequestRefused

PROTOCOL = "graphql-ws"
KEEP_ALIVE = '{"type":"ka"}'


def text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"), default=str)


def connection_ack(timeout: float) -> str:
    return text({"type": "connection_ack", "payload": {"connectionTimeoutMs": round(timeout * 1000)}})


def connection_error(error_type: str | None, message: str, code: int) -> str:
    error = {"errorType": error_type, "errorCode": code, "message": message}
    return text({"type": "connection_error", "payload": {"errors": [_without_nulls(error)]}})


def start_ack(identity: str) -> str:
    return text({"type": "start_ack", "id": identity})


def complete(identity: str) -> str:
    return text({"type": "complete", "id": identity})


def data(identity: str, payload: str) -> str:
    """A change. The payload is encoded already, since many subscribers may get the same."""
    return f'{{"type":"data","id":{json.dumps(identity)},"payload":{payload}}}'


def error(identity: str | None, errors: Iterable[Mapping[str, Any]]) -> str:
    """An error's type, information and text, as far as it has them."""
    shown = [_without_nulls({name: one.get(name) for name in ("errorType", "errorInfo", "message")}) for one in errors]
    return text(_without_nulls({"type": "error", "id": identity, "payload": {"errors": shown}}))


def refused(identity: str | None, refusal: RequestRefused) -> str:
    return error(identity, refusal.body()["errors"])


def problem(identity: str | None, error_type: str, message: str) -> str:
    return error(identity, [{"errorType": error_type, "message": message}])


def unsupported(identity: str | None, what: str) -> str:
    return problem(identity, "UnsupportedOperation", f"{what} not supported through the realtime channel")


def _without_nulls(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if value is not None}
