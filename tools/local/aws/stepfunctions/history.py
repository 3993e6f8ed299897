"""The events of an execution, as GetExecutionHistory returns them.

API Reference: *GetExecutionHistory*, *HistoryEvent*. Texts such as inputs are kept as JSON texts. A task token is never
kept in them.
"""

import json
import re
from typing import Any

from tools.local.aws.json_api import Document

MAX_EVENTS = 25_000
HIDDEN = "(task token)"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DETAILS = {"StateEntered": "stateEntered", "StateExited": "stateExited"}


def to_text(value: Any) -> str:
    """The JSON of a value. What UTF-8 cannot hold, half of a surrogate pair, stays an escape."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def size(value: Any) -> int:
    """The bytes that a value counts with."""
    return len(to_text(value).encode())


def add(execution: Document, kind: str, now: float, details: Document | None = None) -> None:
    """Append an event. Members that are None are left out."""
    events = execution["events"]
    event: Document = {"timestamp": now, "type": kind, "id": len(events) + 1, "previousEventId": len(events)}
    if details is not None:
        event[f"{_details_of(kind)}EventDetails"] = {
            key: _without_token(execution, value) for key, value in details.items() if value is not None
        }
    events.append(event)


def _without_token(execution: Document, value: Any) -> Any:
    token = (execution["state"] or {}).get("token")
    return value.replace(token, HIDDEN) if token and isinstance(value, str) else value


def _details_of(kind: str) -> str:
    for ending, name in _DETAILS.items():
        if kind.endswith(ending):
            return name
    return kind[0].lower() + kind[1:]


def shown(event: Document, *, with_data: bool) -> Document:
    """An event as the API returns it."""
    return {
        key: _shown_details(its, with_data=with_data) if isinstance(its, dict) else its for key, its in event.items()
    }


def _shown_details(details: Document, *, with_data: bool) -> Document:
    kept: Document = {}
    for key, value in details.items():
        is_data = key in ("input", "output", "assignedVariables")
        if with_data or not is_data:
            kept[key] = value
        if is_data:
            kept[f"{key}Details"] = {"truncated": not with_data}
    return kept
