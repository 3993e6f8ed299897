"""The catalogue of events: what each says, whether an event fits its schema, and sending one."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecom.errors import InvalidEvent
from ecom.schemas import Schemas
from tools import ROOT
from tools.events.catalogue import COMMON, Event, read_common, read_events
from tools.events.events_page import rows
from tools.events.schema import unfolded
from tools.local_platform.console.documents import CatalogueEvent, Checked, Field
from tools.project.aws import Target
from tools.project.problems import Problem

TO_SEND = {"source": str, "detail-type": str, "resources": list, "detail": dict}


def events_of(root: Path = ROOT) -> tuple[Event, ...]:
    """The events of this checkout, read again when a file that says something about them has changed."""
    files = (
        *root.glob("*/events/**/*.json"),
        *root.glob("*/template.yaml"),
        *root.glob("*/metadata.yaml"),
        root / COMMON,
    )
    return _read(root, tuple((file, file.stat().st_mtime_ns) for file in files if file.is_file()))


@lru_cache(maxsize=1)
def _read(root: Path, _versions: tuple[tuple[Path, int], ...]) -> tuple[Event, ...]:
    return tuple(read_events(root))


def catalogue(root: Path = ROOT) -> list[CatalogueEvent]:
    """The events of this checkout."""
    common = read_common(root)
    return [
        {
            "name": event.name,
            "source": event.source,
            "producer": event.service,
            "owner": event.owner,
            "consumers": list(event.consumers),
            "description": event.description,
            "orderingKey": event.ordering_key,
            "file": event.file.as_posix(),
            "fields": list(_fields(event, common)),
            "examples": [{"variant": one.variant, "event": dict(one.event)} for one in event.examples],
        }
        for event in events_of(root)
    ]


def _fields(event: Event, common: Mapping[str, Any]) -> Iterator[Field]:
    own = event.schema.get("definitions", {})
    detail = unfolded(event.schema["properties"]["detail"], own, common)
    for name, kind, required, meaning in rows(detail, own, common):
        yield {"name": name, "kind": kind.replace("\\|", "|"), "required": bool(required), "meaning": meaning}


def checked(event: Mapping[str, Any], root: Path = ROOT) -> Checked:
    """Whether an event fits its schema, by what its consumers check."""
    source, name = str(event.get("source", "")), str(event.get("detail-type", ""))
    folder = root / source.removeprefix("ecommerce.") / "events"
    known = {(one.source, one.name) for one in events_of(root)}
    if (source, name) not in known:
        return {"known": False, "problem": f"the catalogue has no {name or 'event'} from {source or 'this source'}"}
    try:
        Schemas(folder, common=root / COMMON).check(name, event)
    except InvalidEvent as refused:
        return {"known": True, "problem": str(refused)}
    return {"known": True, "problem": ""}


def unfit(event: Mapping[str, Any]) -> str:
    """Why an event cannot be sent, or an empty string."""
    for name, kind in TO_SEND.items():
        if not isinstance(event.get(name), kind):
            return f"{name} is missing, or is not a JSON {'text' if kind is str else kind.__name__}"
    if not all(isinstance(one, str) for one in event["resources"]):
        return "resources must be a list of texts"
    return checked(event)["problem"]


def send(target: Target, event: Mapping[str, Any]) -> str:
    """Put an event that fits on the platform's bus. Returns the id that EventBridge gives it."""
    name = f"/ecommerce/{target.environment.name}/platform/event-bus/name"
    bus = target.parameters([name]).get(name)
    if bus is None:
        raise Problem("platform is not deployed: `make deploy-platform`")
    entry = {
        "EventBusName": bus,
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Resources": event["resources"],
        "Detail": json.dumps(event["detail"]),
    }
    (answer,) = target.client("events").put_events(Entries=[entry])["Entries"]
    if "EventId" not in answer:
        raise Problem(f"EventBridge refused the event: {answer['ErrorCode']}: {answer['ErrorMessage']}")
    return str(answer["EventId"])
