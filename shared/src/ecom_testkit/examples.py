"""The producers' examples of events, about a subject that the test chooses."""

import json
from functools import cache
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]


def example(detail_type: str, subject: str, event_id: str = "event-1") -> dict[str, Any]:
    """An event as its producer sends it."""
    return _about(_read(detail_type, "examples")[0], detail_type, subject, event_id)


def refused(detail_type: str, subject: str, event_id: str = "event-1") -> dict[str, Any]:
    """An event that every consumer's rule matches and every consumer must refuse: the first refused one by name."""
    fits = _read(detail_type, "examples")[0]
    reaching = [event for event in _read(detail_type, "refused") if event["source"] == fits["source"]]
    return _about(reaching[0], detail_type, subject, event_id)


def _about(event: Any, detail_type: str, subject: str, event_id: str) -> dict[str, Any]:
    fits = _read(detail_type, "examples")[0]
    before = fits
    for name in _schema(detail_type)["x-ordering-key"].split("."):
        before = before[name]
    changed: dict[str, Any] = _replaced(event, before, subject)
    metadata = {**changed["detail"].get("metadata", {}), "eventId": event_id}
    return {**changed, "id": event_id, "detail": {**changed["detail"], "metadata": metadata}}


def _replaced(node: Any, old: Any, new: Any) -> Any:
    if isinstance(node, dict):
        return {key: _replaced(inner, old, new) for key, inner in node.items()}
    if isinstance(node, list):
        return [_replaced(inner, old, new) for inner in node]
    return new if node == old else node


@cache
def _schema(detail_type: str) -> Any:
    return json.loads(_file(detail_type).read_text())


@cache
def _read(detail_type: str, folder: str) -> list[Any]:
    """The events in the folder, the file without a variant first."""
    folder_path = _file(detail_type).parent / folder
    files = [*folder_path.glob(f"{detail_type}.json"), *sorted(folder_path.glob(f"{detail_type}-*.json"))]
    if not files:
        raise LookupError(f"{folder_path} has no example of {detail_type}")
    return [json.loads(file.read_text()) for file in files]


@cache
def _file(detail_type: str) -> Path:
    found = list(CHECKOUT.glob(f"*/events/{detail_type}.json"))
    if not found:
        raise LookupError(f"no service publishes {detail_type}")
    return found[0]
