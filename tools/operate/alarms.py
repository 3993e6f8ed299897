"""The alarms of the environment that are not OK: `make alarms`. Those in ALARM come first. Each has its reason and what
to do; the last line counts the others.

The exit code is 1 while one is in ALARM. --follow prints each change until ctrl-C.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tools.operate.ages import age_of
from tools.operate.printable import printable
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

ALARM, OK = "ALARM", "OK"
# The worst first.
STATES = (ALARM, "INSUFFICIENT_DATA", OK)
PAUSE_SECONDS = 5.0


@dataclass(frozen=True)
class Alarm:
    """One alarm as the commands show it. A composite alarm follows others."""

    name: str
    state: str
    since: str
    reason: str
    do: str
    composite: bool

    def age(self, now: datetime) -> str:
        return age_of((now - datetime.fromisoformat(self.since)).total_seconds())


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            cloudwatch = target(environment).client("cloudwatch")
            found = alarms_of(cloudwatch, environment.name)
            lines = [as_json(found)] if asked.json else listing(found, datetime.now(UTC), whole=asked.all)
            print("\n".join(lines), flush=True)
            if asked.follow:
                follow(found, lambda: alarms_of(cloudwatch, environment.name))
    except Problem as problem:
        sys.stderr.write(f"alarms: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 1 if any(alarm.state == ALARM for alarm in found) else 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make alarms", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="list those that are OK too (make: ARGS=--all)")
    parser.add_argument("--json", action="store_true", help="all alarms as a JSON list, for a script")
    parser.add_argument("--follow", action="store_true", help="print changes as they come (make: FOLLOW=1)")
    asked = parser.parse_args(argv)
    if asked.json and asked.follow:
        parser.error("--json prints the present state only; leave out --follow")
    return asked


def alarms_of(cloudwatch: Any, environment: str) -> list[Alarm]:
    """The environment's alarms, the worst state first, in it the newest change first. Raises a Problem if there are
    none: then nothing is deployed."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"ecommerce-{environment}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [
        _alarm(record, composite=kind == "CompositeAlarms")
        for page in pages
        for kind in ("MetricAlarms", "CompositeAlarms")
        for record in page.get(kind, ())
    ]
    if not found:
        raise Problem(f"{environment} has no alarms: `ENVIRONMENT={environment} make deploy`")
    newest = sorted(found, key=lambda alarm: (alarm.since, alarm.name), reverse=True)
    return sorted(newest, key=lambda alarm: (STATES.index(alarm.state), alarm.composite))


def _alarm(record: Mapping[str, Any], *, composite: bool) -> Alarm:
    changed = record.get("StateTransitionedTimestamp") or record["StateUpdatedTimestamp"]
    return Alarm(
        name=record["AlarmName"],
        state=record["StateValue"],
        since=changed.astimezone(UTC).isoformat(timespec="seconds"),
        reason=record.get("StateReason", ""),
        do=record.get("AlarmDescription", ""),
        composite=composite,
    )


def as_json(found: Iterable[Alarm]) -> str:
    return json.dumps([asdict(alarm) for alarm in found], indent=2)


def listing(found: Sequence[Alarm], now: datetime, *, whole: bool = False) -> list[str]:
    """Lines for each alarm that is not OK: its state, why, and what to do. The last line has the counts. `whole`: a
    line for each alarm that is OK, too."""
    lines = []
    for alarm in found:
        if alarm.state != OK or whole:
            lines.append(f"{alarm.state:<17} {alarm.age(now):>7}  {printable(alarm.name)}")
        if alarm.state != OK:
            lines += [f"    why: {printable(alarm.reason)}", f"    do:  {printable(alarm.do)}"]
    count = sum(alarm.state == ALARM for alarm in found)
    quiet = sum(alarm.state == OK for alarm in found)
    more = f", {quiet} OK (ARGS=--all lists those too)" if quiet and not whole else ""
    return [*lines, f"{count or 'none'} of {len(found)} in ALARM{more}"]


def changes(before: Iterable[Alarm], after: Iterable[Alarm]) -> list[Alarm]:
    """The alarms whose state changed, and new ones that are not OK; the oldest change first."""
    known = {alarm.name: alarm.state for alarm in before}
    changed = [alarm for alarm in after if known.get(alarm.name, OK) != alarm.state]
    return sorted(changed, key=lambda alarm: (alarm.since, alarm.composite))


def follow(
    before: Sequence[Alarm],
    read: Callable[[], list[Alarm]],
    pause: Callable[[], object] = lambda: time.sleep(PAUSE_SECONDS),
) -> None:
    """Print each change, until ctrl-C."""
    while True:
        pause()
        after = read()
        for alarm in changes(before, after):
            print(f"{alarm.since}  {alarm.state:<17}  {printable(alarm.name)}", flush=True)
            if alarm.state == ALARM:
                print(f"    why: {printable(alarm.reason)}\n    do:  {printable(alarm.do)}", flush=True)
        before = after


if __name__ == "__main__":
    end(main)
