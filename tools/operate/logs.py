"""Log lines of a service's functions, or of all: `make logs SERVICE=orders FUNCTION=graphql-create-order`.

An invocation that succeeds writes only what its code logs. Metrics and Lambda's lines around an invocation are left out
(--all shows them), except for the report of one that failed. ORDER=id shows whole invocations that mention the order,
in every service unless one is given.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.operate.log_lines import PREFIX, Following, Line, about, deployed, functions_of, read
from tools.operate.printable import printable
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import discover

LINES = 100
SINCE = "1h"
PAUSE_SECONDS = 1.0
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            logs = target(environment).client("logs")
            show(asked, logs, f"{PREFIX}ecommerce-{environment.name}-")
    except Problem as problem:
        sys.stderr.write(f"logs: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make logs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", nargs="?", default="", metavar="SERVICE", help="all services without it")
    parser.add_argument("--function", default="", metavar="NAME", help="this function only (make: FUNCTION=)")
    parser.add_argument("--follow", action="store_true", help="print new lines as they come (make: FOLLOW=1)")
    parser.add_argument(
        "--since", type=duration, default=SINCE, metavar="30s|10m|2h|1d", help=f"how far back ({SINCE}; make: SINCE=)"
    )
    parser.add_argument("--about", default="", metavar="ID", help="invocations that mention this (make: ORDER=)")
    parser.add_argument("--lines", type=whole, default=LINES, help=f"the last lines, 0 for all of them ({LINES})")
    parser.add_argument("--all", action="store_true", help="metrics and Lambda's lines around an invocation too")
    return parser.parse_args(argv)


def whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not a duration such as 30s, 10m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def words(length: timedelta) -> str:
    """Such as 10m: in the largest unit that divides it."""
    for unit, name in reversed(_UNITS.items()):
        number, rest = divmod(length, timedelta(**{name: 1}))
        if not rest:
            return f"{number}{unit}"
    return str(length)


def show(
    asked: argparse.Namespace,
    logs: Any,
    group_prefix: str,
    pause: Callable[[], object] = lambda: time.sleep(PAUSE_SECONDS),
) -> None:
    """Print the lines; with --follow until ctrl-C. Raises a Problem that lists what is deployed."""
    functions = chosen_functions(asked, deployed(logs, group_prefix))
    start = int((datetime.now(UTC) - asked.since).timestamp() * 1000)
    lines = read(logs, group_prefix, functions, start)
    kept = selected(asked, lines)
    for line in kept[-asked.lines :]:
        print(text_of(line, functions, datetime.now(UTC).date()), flush=True)
    if len(kept) > asked.lines > 0:
        sys.stderr.write(f"logs: the last {asked.lines} of {len(kept)} lines; ARGS=--lines=0 prints all\n")
    if not kept and not asked.follow:
        sys.stderr.write(
            f"logs: no lines in the last {words(asked.since)}: an invocation that succeeds writes only what its code"
            " logs; SINCE=1d looks further back, ARGS=--all shows metrics too\n"
        )
    following = Following()
    list(following.new(lines))
    while asked.follow:
        pause()
        new = list(following.new(read(logs, group_prefix, functions, following.since(start))))
        for line in selected(asked, new):
            print(text_of(line, functions, datetime.now(UTC).date()), flush=True)


def chosen_functions(asked: argparse.Namespace, names: Sequence[str]) -> list[str]:
    services = list(discover())
    functions = functions_of(names, asked.service, asked.function, services)
    if functions:
        return functions
    of_service = functions_of(names, asked.service, "", services)
    if of_service and asked.function:
        what, there = f"no function {asked.function} of {asked.service or 'any service'} is deployed", of_service
    elif asked.service in services:
        raise Problem(f"{asked.service} is not deployed: `make deploy-{asked.service}`")
    else:
        what, there = f"no service or function {asked.service} is deployed", list(names)
    raise WrongUse(f"{what}; deployed are {', '.join(sorted(there)) or 'none'}")


def selected(asked: argparse.Namespace, lines: Sequence[Line]) -> list[Line]:
    wanted = about(lines, asked.about) if asked.about else list(lines)
    return [line for line in wanted if asked.all or not line.is_frame]


def text_of(line: Line, functions: Sequence[str], today: date) -> str:
    """A line with its time, and with its date unless that is today."""
    at = datetime.fromtimestamp(line.at / 1000, UTC)
    when = f"{at:%H:%M:%S}" if at.date() == today else f"{at:%Y-%m-%d %H:%M:%S}"
    name = f"{line.function} | " if len(functions) > 1 else ""
    return f"{when} {name}{printable(line.text.expandtabs(2))}"


if __name__ == "__main__":
    end(main)
