"""What a replay would send to whom: the archive is replayed to temporary rules with the consumers' patterns.

EventBridge does not list the events of an archive, and StartReplay chooses by time and rule only (EventBridge API
Reference, StartReplay and ReplayDestination). A temporary rule has the pattern of the consumer's rule, and
`replay-name` as well, so that it matches no other event; its queue counts them. For one order it also has the order's
id.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tools.operate.bus.catching import Caught, Pattern, caught, remove_old, settle
from tools.operate.bus.naming import new_name
from tools.operate.bus.rules import Rule
from tools.operate.replay.period import Period
from tools.operate.replay.replays import replayed
from tools.project.aws import Target
from tools.project.problems import Problem

EVERY = 1000
# How long a queue must be empty after the replay has ended, before all of its events are taken for read.
QUIET_LOCALLY, QUIET_ON_AWS = 2, 30


@dataclass(frozen=True)
class Part:
    """The events for one rule: how many of which type, when, and for one order the events themselves."""

    rule: Rule
    types: Mapping[str, int]
    first: str
    last: str
    events: Sequence[Mapping[str, Any]]

    @property
    def total(self) -> int:
        return sum(self.types.values())


def plan_of(
    target: Target,
    rules: Sequence[Rule],
    period: Period,
    order: str = "",
    tell: Callable[[str], object] = sys.stderr.write,
) -> list[Part]:
    """What a replay of the period to these rules would send. Nothing reaches a consumer."""
    now = datetime.now(UTC)
    remove_old(target, now)
    name = new_name("replay", target.environment.name, now)
    with caught(target, name, [patterns_of(rule, name, order) for rule in rules]) as (queues, arns):
        settle(target)
        replayed(target, name, period, arns, tell)
        counts = [_Count(rule, keeps=bool(order)) for rule in rules]
        _read(target, queues, counts, tell)
    return [count.part() for count in counts]


def patterns_of(rule: Rule, replay: str, order: str) -> list[Pattern]:
    """The rule's pattern for events of this replay; two for an order, since events about its returns name the return
    in `resources` and the order in `detail`."""
    pattern: dict[str, Any] = {**rule.pattern, "replay-name": [replay]}
    if not order:
        return [pattern]
    if "resources" in pattern or "orderId" in pattern.get("detail", {}):
        raise Problem(f"the pattern of {rule.name} chooses by resources or orderId itself; replay without ORDER=")
    return [{**pattern, "resources": [order]}, {**pattern, "detail": {**pattern.get("detail", {}), "orderId": [order]}}]


def _read(target: Target, queues: Sequence[Caught], counts: Sequence["_Count"], tell: Callable[[str], object]) -> None:
    """Read all queues until none has had an event for a while."""
    local = target.environment.is_local
    quiet, wait = (QUIET_LOCALLY, 1) if local else (QUIET_ON_AWS, 5)
    last_at, read, said = time.monotonic(), 0, 0
    while time.monotonic() - last_at < quiet:
        for queue, count in zip(queues, counts, strict=True):
            while events := queue.receive(wait):
                count.add(events)
                read, last_at = read + len(events), time.monotonic()
                if read - said >= EVERY:
                    said = read
                    tell(f"{read} events read so far\n")


class _Count:
    """The events of one rule so far. `keeps`: the events themselves too."""

    def __init__(self, rule: Rule, *, keeps: bool) -> None:
        self._rule, self._keeps = rule, keeps
        self._types: Counter[str] = Counter()
        self._first = self._last = ""
        self._events: list[Mapping[str, Any]] = []

    def add(self, events: Sequence[Mapping[str, Any]]) -> None:
        times = [str(event["time"]) for event in events]
        self._types.update(str(event["detail-type"]) for event in events)
        self._first, self._last = min([self._first or times[0], *times]), max([self._last, *times])
        self._events += events if self._keeps else ()

    def part(self) -> Part:
        events = sorted(self._events, key=lambda event: str(event["time"]))
        return Part(self._rule, self._types, self._first, self._last, events)
