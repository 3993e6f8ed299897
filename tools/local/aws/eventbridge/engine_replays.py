"""StartReplay where the engine differs from AWS."""

import json
import math
from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import core, patch, service

_NOT_VALID = "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."


def rules_of(replay: str) -> list[str]:
    """The ARNs of the rules that a replay is for; none means all of the bus."""
    record = service("eventbridge")._replays.get(replay) or {}
    return list((record.get("Destination") or {}).get("FilterArns") or [])


@patch
def replays_reach_the_chosen_rules_only() -> None:
    """AWS replays to the rules in `Destination.FilterArns` alone (EventBridge API Reference, ReplayDestination). The
    engine replays to every rule of the bus."""
    events = core("services.eventbridge")
    invoke: Callable[..., None] = events._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        chosen = rules_of(event["ReplayName"]) if event.get("ReplayName") else []
        if not chosen or rule.get("Arn") in chosen:
            invoke(target, event, rule, view)

    events._invoke_target = invoke_target


@patch
def a_replay_needs_a_period() -> None:
    """AWS requires both times, and the start before the end; only events before the end are replayed (EventBridge API
    Reference, StartReplay and Replay). The engine takes the present for a missing time and includes the end."""
    events = core("services.eventbridge")
    start: Callable[..., Any] = events._start_replay

    def start_replay(data: dict[str, Any]) -> Any:
        times = [data.get("EventStartTime"), data.get("EventEndTime")]
        if None in times:
            return _refused("EventStartTime and EventEndTime are required")
        begin, end = (float(events._coerce_timestamp(each)) for each in times)
        if begin >= end:
            return _refused(_NOT_VALID)
        # Events have whole seconds.
        answer = start({**data, "EventEndTime": math.ceil(end) - 1})
        if answer[0] == 200:
            service("eventbridge")._replays[data["ReplayName"]]["EventEndTime"] = end
        return answer

    events._start_replay = start_replay


def _refused(message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"__type": "ValidationException", "message": message}).encode()
    return 400, {"Content-Type": "application/x-amz-json-1.1"}, body
