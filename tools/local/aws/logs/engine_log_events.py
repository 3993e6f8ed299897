"""The events of log streams, saved as they are written.

There may be thousands of streams, few of which have new events: a stream without new events costs one comparison. All
events are one part. A row's key has the stream, the time when this process first saw its list of events, and the
event's place in the list. If a list was rebuilt (for late events), the newest one counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from tools.local.engine.patching import core, service
from tools.local.persistence.parts import Part, Row, number_key, part_name

Services = dict[str, Any]
Scopes = Mapping[tuple[str, ...], Mapping[str, Any]]
Place = tuple[str, str, str, str]


@dataclass
class _Mark:
    """How much of a list of events was saved: its number, and how many events preceded its newest one. The list is
    referenced, so that no other list gets its identity."""

    events: list[Any]
    number: int
    last: Any
    length: int = 0
    gone: int = 0


@dataclass(frozen=True)
class _StreamEvents:
    """The new events of one stream."""

    place: Place
    number: int
    first: int
    events: list[Any]

    def rows(self) -> list[Row]:
        return [
            (json.dumps([*self.place, self.number, number_key(self.first + place)]), event)
            for place, event in enumerate(self.events)
        ]


class LogEvents:
    """The source of this part."""

    kind = "log"

    def __init__(self) -> None:
        self._marks: dict[int, _Mark] = {}
        self._numbers = count(1)
        self._complete = True

    def take(self) -> dict[str, Part]:
        if self._complete:
            self._marks.clear()
        complete, self._complete = self._complete, False
        marks, seen, grown = self._marks, 0, []
        for scope, group in service("cloudwatch_logs")._log_groups.all_items():
            for name, stream in list(group["streams"].items()):
                events = stream["events"]
                mark = marks.get(id(events))
                seen += 1
                if mark is None or len(events) != mark.length or (events and events[-1] is not mark.last):
                    grown.append(self._grow((*scope, name), events, mark))
        if len(marks) > 2 * seen + 100:
            self._drop_old()

        def changed() -> list[Row]:
            return [row for one in grown for row in one.rows()]

        return {part_name(self.kind): Part(complete, changed, self._everything)}

    def forget(self) -> None:
        self._complete = True

    def loaded(self) -> None:
        """Forget what was saved: the lists get new numbers and are saved again."""
        self._complete = True

    def _grow(self, place: Place, events: list[Any], mark: _Mark | None) -> _StreamEvents:
        if mark is None:
            mark = self._marks[id(events)] = _Mark(events, next(self._numbers), None)
        # Old events were removed, so the last saved one is further in front.
        at = next((index for index in range(len(events) - 1, -1, -1) if events[index] is mark.last), -1)
        mark.gone += mark.length - (at + 1)
        new = events[at + 1 :]
        mark.length, mark.last = len(events), events[-1] if events else None
        return _StreamEvents(place, mark.number, mark.gone + at + 1, new)

    def _drop_old(self) -> None:
        groups = service("cloudwatch_logs")._log_groups.all_items()
        there = {id(stream["events"]) for _, group in groups for stream in list(group["streams"].values())}
        self._marks = {key: mark for key, mark in self._marks.items() if key in there}

    def _everything(self) -> list[Row]:
        rows: list[Row] = []
        for scope, group in service("cloudwatch_logs")._log_groups.all_items():
            for name, stream in list(group["streams"].items()):  # functions may add streams meanwhile
                mark = self._marks.get(id(stream["events"]))
                rows.extend(
                    _StreamEvents((*scope, name), mark.number, mark.gone, stream["events"]).rows() if mark else ()
                )
        return rows

    # --- in and out of the service's state ---

    def remove_parts(self, services: Services) -> None:
        """Remove the events from the service's state. The engine's records of them, for `GetLogRecord`, are rebuilt
        from the events."""
        if "cloudwatch_logs" in services:
            groups = core("core.responses").AccountRegionScopedDict()
            for scope, group in services["cloudwatch_logs"]["log_groups"].all_items():
                streams = {
                    name: {key: value for key, value in stream.items() if key != "events"}
                    for name, stream in list(group["streams"].items())
                }
                groups.set_scoped(*scope, {**group, "streams": streams})
            services["cloudwatch_logs"] = {**services["cloudwatch_logs"], "log_groups": groups, "log_records": {}}

    def restore_parts(self, services: Services, parts: Scopes) -> None:
        logs = services.get("cloudwatch_logs")
        if logs is None:
            return
        events = _newest_lists(parts.get((), {}))
        logs["log_records"] = core("core.responses").AccountRegionScopedDict()
        for scope, record in logs["log_groups"].all_items():
            for name, stream in record["streams"].items():
                # A new stream may have the name of a deleted one.
                begin = stream.get("creationTime") or 0
                found = events.get((*scope, name), [])
                stream["events"] = [event for event in found if event["ingestionTime"] >= begin]
                # A function's output has no id, and no record.
                for event in (event for event in stream["events"] if "eventId" in event):
                    logs["log_records"].set_scoped(*scope[:2], event["eventId"], _log_record(scope[2], name, event))


def _newest_lists(rows: Mapping[str, Any]) -> dict[Place, list[Any]]:
    """The events of each stream, from the list that was seen last."""
    numbers: dict[Place, int] = {}
    events: dict[Place, list[tuple[str, Any]]] = {}
    for key, event in rows.items():
        account, region, group, name, number, position = json.loads(key)
        place = (account, region, group, name)
        if number > numbers.get(place, 0):
            numbers[place], events[place] = number, []
        if number == numbers[place]:
            events[place].append((position, event))
    return {place: [event for _, event in sorted(found, key=lambda one: one[0])] for place, found in events.items()}


def _log_record(group: str, stream: str, event: Mapping[str, Any]) -> Any:
    return service("cloudwatch_logs")._build_log_record(
        ptr=event["eventId"],
        timestamp_ms=event["timestamp"],
        message=event["message"],
        log_group=group,
        log_stream=stream,
    )
