"""The events of the bus as they happen, until Ctrl-C: `make events-tail SOURCE=orders`.

A line has the time, the source, the detail-type, what the event is about, and the correlation id. The detail
may be personal; JSON=1 prints whole events, one on each line.

It works on AWS as on the local cloud: a temporary rule copies the events into a temporary queue. Both are removed at
the end, also after Ctrl-C; what a killed process leaves is removed by the next `make events-tail`, a day later.
Consumers do not notice it. On AWS the first events are missed for up to a minute, until the rule takes effect.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.operate.bus.catching import Caught, Pattern, caught, remove_old
from tools.operate.bus.naming import new_name
from tools.operate.printable import printable
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

# SQS ends a request without messages after at most 20 s.
WAIT_SECONDS = 20
LONGEST_HOURS = 12.0


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            tail(asked, target(environment))
    except Problem as problem:
        sys.stderr.write(f"events-tail: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make events-tail", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="", metavar="SERVICE", help="events of this service (make: SOURCE=)")
    parser.add_argument("--event", default="", metavar="TYPE", help="this detail-type, as OrderCreated (make: EVENT=)")
    parser.add_argument("--order", default="", metavar="ID", help="events that contain this id (make: ORDER=)")
    parser.add_argument("--json", action="store_true", help="whole events, one on each line (make: JSON=1)")
    parser.add_argument("--count", type=int, default=0, metavar="N", help="end after so many events")
    parser.add_argument(
        "--hours", type=float, default=LONGEST_HOURS, help=f"end after so many hours ({LONGEST_HOURS:g}, the most)"
    )
    asked = parser.parse_args(argv)
    if not 0 < asked.hours <= LONGEST_HOURS:
        parser.error(f"--hours must be more than 0 and at most {LONGEST_HOURS:g}")
    if asked.count < 0:
        parser.error("--count must not be negative")
    return asked


def tail(asked: argparse.Namespace, place: Target, write: Callable[[str], object] = sys.stdout.write) -> None:
    now = datetime.now(UTC)
    for name in remove_old(place, now):
        sys.stderr.write(f"events-tail: removed {name}, which an earlier command left behind\n")
    with caught(place, new_name("tail", place.environment.name, now), [[pattern_of(asked)]]) as ((queue,), _):
        sys.stderr.write("events-tail: waiting for events; Ctrl-C ends it\n")
        follow(asked, queue, write)


def follow(asked: argparse.Namespace, queue: Caught, write: Callable[[str], object]) -> None:
    ends_at = time.monotonic() + asked.hours * 3600
    seen = 0
    while (left := ends_at - time.monotonic()) > 0:
        for event in queue.receive(min(WAIT_SECONDS, int(left) + 1)):
            if asked.order not in json.dumps(event, ensure_ascii=False):
                continue
            write((json.dumps(event, ensure_ascii=False) if asked.json else line_of(event)) + "\n")
            sys.stdout.flush()
            seen += 1
            if seen == asked.count:
                return


def pattern_of(asked: argparse.Namespace) -> Pattern:
    source = asked.source if "." in asked.source or not asked.source else f"ecommerce.{asked.source}"
    pattern: dict[str, Any] = {"source": [source] if source else [{"prefix": "ecommerce."}]}
    return {**pattern, "detail-type": [asked.event]} if asked.event else pattern


def line_of(event: Mapping[str, Any]) -> str:
    """Nothing of the detail, since it may be personal, except for its metadata."""
    at = datetime.fromisoformat(str(event["time"])).astimezone(UTC)
    metadata = event["detail"].get("metadata") or {}
    words = [
        f"{at:%H:%M:%S}",
        f"{str(event['source']).removeprefix('ecommerce.'):14}",
        f"{event['detail-type']:18}",
        " ".join(map(str, event.get("resources") or [])),
    ]
    if correlation := metadata.get("correlationId"):
        words.append(f"correlation {correlation}")
    if event.get("replay-name"):
        words.append(f"(replayed by {event['replay-name']})")
    return printable(" ".join(words).rstrip())


if __name__ == "__main__":
    end(main)
