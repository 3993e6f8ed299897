"""The newest events of all buses, the rules that matched each, and the outcome at each target. In memory only.

Recording is cheap, since it happens for each event of the cloud: nothing is serialised before a reader asks.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST = 2000
_REASON_LIMIT = 500


class State(StrEnum):
    """How far the delivery of an event to one target is."""

    MATCHED = "matched"
    DELIVERED = "delivered"  # the target accepted it; all that is known of a topic
    RETRYING = "retrying"  # a target did not accept it, or a function failed; there will be another attempt
    SUCCEEDED = "succeeded"  # the function returned
    FAILED = "failed"  # there will be no other attempt


@dataclass
class Delivery:
    state: State = State.MATCHED
    attempts: int = 0
    reason: str = ""


@dataclass
class Recorded:
    """An event, and its deliveries by rule and target. `version` is the recorder's count at the last change."""

    event: dict[str, Any]
    bus: str
    version: int
    times: int = 1
    """More than 1: an event with this id was replayed or forwarded to another bus."""
    deliveries: dict[tuple[str, str], Delivery] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            **self.event,
            "detail": _decoded(self.event["detail"]),
            "bus": self.bus,
            "times": self.times,
            "deliveries": [
                {"rule": rule, "target": target, **vars(delivery)}
                # Other threads add some. `copy` is one step; making a tuple may be interrupted by a garbage collection.
                for (rule, target), delivery in self.deliveries.copy().items()
            ],
        }

    def contains(self, text: str) -> bool:
        return text in f"{self.event['id']} {self.event['source']} {self.event['detail-type']} {self.event['detail']}"


def _decoded(detail: Any) -> Any:
    try:
        return json.loads(detail)
    except (TypeError, ValueError):  # a rule that forwards to another bus can make any text of it
        return detail


class Recorder:
    """Used by all threads of the cloud."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._events: OrderedDict[str, Recorded] = OrderedDict()
        self._version = 0
        self._listeners: list[Callable[[], None]] = []

    def note(self, event: dict[str, Any], bus: str) -> None:
        """Note an event on a bus: the envelope as targets get it, with `detail` as the JSON text of PutEvents."""
        with self._lock:
            self._version += 1
            known = self._events.get(event["id"])
            if known:
                known.times += 1
                known.version = self._version
            else:
                self._events[event["id"]] = Recorded(event, bus, self._version)
                if len(self._events) > self._most:
                    self._events.popitem(last=False)
        self._announce()

    def matched(self, event_id: str, rule: str, target: str) -> None:
        self._change(event_id, (rule, target), State.MATCHED)

    def offered(self, event_id: str, rule: str, target: str, state: State, reason: str = "") -> None:
        """Note the result of one attempt to hand over the event to a target."""
        self._change(event_id, (rule, target), state, reason, attempt=state is not State.DELIVERED)

    def ran(self, event_id: str, target: str, state: State, reason: str = "") -> None:
        """Note the result of one invocation with an event: of the target, or of the function that reads the target, a
        queue."""
        for key in self._keys(event_id, target):
            self._change(event_id, key, state, reason, attempt=True)

    def after(self, version: int) -> tuple[int, list[Recorded]]:
        """The present version, and the events that were noted or changed since an earlier one, oldest first."""
        with self._lock:
            return self._version, [each for each in self._events.values() if each.version > version]

    def about(self, text: str, limit: int) -> list[Recorded]:
        """The newest events that contain a text, newest first."""
        with self._lock:
            events = list(reversed(self._events.values()))
        return [each for each in events if each.contains(text)][:limit]

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener after each change, from any thread, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _keys(self, event_id: str, target: str) -> list[tuple[str, str]]:
        with self._lock:
            known = self._events.get(event_id)
            return [key for key in known.deliveries if key[1] == target] if known else []

    def _change(
        self, event_id: str, key: tuple[str, str], state: State, reason: str = "", *, attempt: bool = False
    ) -> None:
        with self._lock:
            known = self._events.get(event_id)
            if known is None:
                return
            delivery = known.deliveries.setdefault(key, Delivery())
            # A function can be quicker than the note that it accepted the event.
            if state is not State.DELIVERED or delivery.state in (State.MATCHED, State.RETRYING):
                delivery.state, delivery.reason = state, reason[:_REASON_LIMIT]
            delivery.attempts += attempt
            self._version += 1
            known.version = self._version
        self._announce()

    def _announce(self) -> None:
        for listener in tuple(self._listeners):
            listener()


recorder = Recorder()
