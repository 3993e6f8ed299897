"""Replays of an environment's archive: start one, and wait until it has ended, or cancel it."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tools.operate.bus.rules import bus_arn_of
from tools.operate.interrupts import ignore_interrupts, interrupts_end_the_block
from tools.operate.replay.period import Period
from tools.project.aws import Target
from tools.project.problems import Problem

PAUSE_LOCALLY, PAUSE_ON_AWS = 0.1, 5.0
ENDED = ("COMPLETED", "CANCELLED", "FAILED")


def archive_arn_of(target: Target) -> str:
    """The archive has the name of the bus (platform/template.yaml)."""
    bus = bus_arn_of(target)
    return bus.replace(":event-bus/", ":archive/")


def replayed(target: Target, name: str, period: Period, rules: Sequence[str], tell: Callable[[str], object]) -> None:
    """Replay the period to these rules alone, and wait for the end. EventBridge keeps the name of a replay for 90 days.

    Ctrl-C, SIGTERM, a closed terminal and errors cancel the replay; signals during that are ignored. Events that it has
    sent by then stay sent.
    """
    time.sleep(max((period.end - datetime.now(UTC)).total_seconds(), 0))  # the present second must be over
    with interrupts_end_the_block() as interrupts, ExitStack() as undo:
        try:
            with interrupts.wait():
                _start(target, name, period, rules)
                undo.callback(lambda: _cancel(target, name, tell))
            state = _end_state(target, name, tell)
            undo.pop_all()
        except BaseException:
            ignore_interrupts()
            raise
    if state["State"] != "COMPLETED":
        raise Problem(f"the replay {name} is {state['State']}: {state.get('StateReason', 'no reason given')}")


def _start(target: Target, name: str, period: Period, rules: Sequence[str]) -> None:
    target.client("events").start_replay(
        ReplayName=name,
        Description="make replay",
        EventSourceArn=archive_arn_of(target),
        EventStartTime=period.start,
        EventEndTime=period.end,
        Destination={"Arn": bus_arn_of(target), "FilterArns": list(rules)},
    )


def _end_state(target: Target, name: str, tell: Callable[[str], object]) -> dict[str, Any]:
    """Wait for the end of a replay, and say how far it is."""
    events, printed = target.client("events"), ""
    while True:
        found: dict[str, Any] = events.describe_replay(ReplayName=name)
        if found["State"] in ENDED:
            return found
        last = found.get("EventLastReplayedTime")
        now = f"{found['State'].lower()}{f', events up to {last:%Y-%m-%d %H:%M:%S}' if last else ''}"
        if now != printed and not target.environment.is_local:
            tell(f"the replay is {now}\n")
            printed = now
        time.sleep(PAUSE_LOCALLY if target.environment.is_local else PAUSE_ON_AWS)


def _cancel(target: Target, name: str, tell: Callable[[str], object]) -> None:
    """Cancel a replay, unless it has ended meanwhile: "a replay can be canceled only when the state is Running or
    Starting" (EventBridge API Reference, CancelReplay)."""
    events = target.client("events")
    try:
        events.cancel_replay(ReplayName=name)
    except ClientError:
        state = events.describe_replay(ReplayName=name)["State"]
        if state not in ENDED:
            raise
        tell(f"the replay {name} is {state.lower()} already\n")
    else:
        tell(f"the replay {name} is cancelled\n")
