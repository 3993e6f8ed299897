"""Replays of an environment's archive: start one, and wait until it has ended."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.operate.bus.rules import bus_arn_of
from tools.operate.replay.period import Period
from tools.project.aws import Target
from tools.project.problems import Problem

PAUSE_LOCALLY, PAUSE_ON_AWS = 0.1, 5.0
ENDED = ("COMPLETED", "CANCELLED", "FAILED")


def archive_arn_of(target: Target) -> str:
    """The archive has the name of the bus (platform/template.yaml)."""
    bus = bus_arn_of(target)
    return bus.replace(":event-bus/", ":archive/")


def start(target: Target, name: str, period: Period, rules: Sequence[str]) -> None:
    """Replay the period to these rules alone. EventBridge keeps the name of a replay for 90 days."""
    time.sleep(max((period.end - datetime.now(UTC)).total_seconds(), 0))  # the present second must be over
    target.client("events").start_replay(
        ReplayName=name,
        Description="make replay",
        EventSourceArn=archive_arn_of(target),
        EventStartTime=period.start,
        EventEndTime=period.end,
        Destination={"Arn": bus_arn_of(target), "FilterArns": list(rules)},
    )


def finished(target: Target, name: str, tell: Callable[[str], object]) -> dict[str, Any]:
    """Wait for the end of a replay, and say how far it is. When the operator stops waiting, the replay is cancelled."""
    events, said = target.client("events"), ""
    ended = False
    try:
        while True:
            found: dict[str, Any] = events.describe_replay(ReplayName=name)
            ended = found["State"] in ENDED
            if ended and found["State"] != "COMPLETED":
                raise Problem(f"the replay {name} is {found['State']}: {found.get('StateReason', 'no reason given')}")
            if ended:
                return found
            last = found.get("EventLastReplayedTime")
            now = f"{found['State'].lower()}{f', events up to {last:%Y-%m-%d %H:%M:%S}' if last else ''}"
            if now != said and not target.environment.is_local:
                tell(f"the replay is {now}\n")
                said = now
            time.sleep(PAUSE_LOCALLY if target.environment.is_local else PAUSE_ON_AWS)
    finally:
        if not ended:
            events.cancel_replay(ReplayName=name)
