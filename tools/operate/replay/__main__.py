"""Replay archived events to one consumer: FROM, TO (now without it), RULE, and optionally ORDER.

It first counts the events by rule and type, and sends nothing. Then it asks; without a terminal CONFIRM=1 sends them
(in prod CONFIRM=prod). Without RULE it lists the rules of the bus. A service's name stands for all of its rules.

Replaying is safe: a repeated event changes nothing. EventBridge replays minute by minute and keeps no order within a
minute. Only the rules that RULE names get the events; with ORDER the events about this order alone are sent to them.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tools.operate.asking import says_yes
from tools.operate.bus.rules import Rule, chosen, prefix_of, rules_of, short_name
from tools.operate.printable import printable
from tools.operate.replay.period import FORMS, Period, period_of
from tools.operate.replay.planning import Part, plan_of
from tools.operate.replay.sending import replay, send
from tools.project import environments, services
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import Environment
from tools.project.problems import Problem, WrongUse

# EventBridge may archive an event late, and AWS recommends to wait so long (EventBridge User Guide, Archiving and
# replaying events in Amazon EventBridge).
ARCHIVED_AFTER = timedelta(minutes=10)


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = environments.chosen()
        with readable(environment):
            place = target(environment)
            rules = rules_of(place)
            if not asked.rule:
                print(table(rules, prefix_of(place)))
                return 0
            wanted = chosen(rules, asked.rule, prefix_of(place), services.discover())
            if not asked.start:
                raise WrongUse(f"FROM= is missing: {FORMS}")
            return run(place, wanted, period_of(asked.start, asked.to, datetime.now(UTC)), asked)
    except Problem as problem:
        sys.stderr.write(f"replay: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rule", default="", metavar="NAME", help="a rule, the beginning of its name, or a service")
    parser.add_argument("--from", dest="start", default="", metavar="TIME", help=FORMS)
    parser.add_argument("--to", default="", metavar="TIME", help="the same; now without it")
    parser.add_argument("--order", default=None, metavar="ID", help="events about this order only")
    parser.add_argument("--dry-run", action="store_true", help="count and list only (make: DRY_RUN=1)")
    parser.add_argument("--yes", action="store_true", help="do not ask (make: CONFIRM=1); prod needs CONFIRM=prod")
    asked = parser.parse_args(argv)
    if asked.order == "":  # such as ORDER=$ORDER without that variable
        parser.error("ORDER= is empty; without it the events of all orders are replayed")
    asked.order = asked.order or ""
    return asked


def run(place: Target, rules: Sequence[Rule], period: Period, asked: argparse.Namespace) -> int:
    warn_of_late_events(place.environment, period)
    parts = plan_of(place, rules, period, asked.order)
    for line in lines_of(parts, period, prefix_of(place), asked.order):
        print(line, flush=True)
    total = sum(part.total for part in parts)
    if asked.dry_run or not total:
        return 0
    if not is_confirmed(place.environment, total, sure=asked.yes):
        print(f"nothing was sent; {confirmation(place.environment)} sends without asking")
        return 1
    if asked.order:
        sent = sum(send(place, part.rule, part.events) for part in parts)
        print(f"{sent} events were sent; what fails comes to {place.environment.command('redrive')}")
    else:
        name = replay(place, rules, period)
        print(f"the replay {name} is complete; what fails comes to {place.environment.command('redrive')}")
    return 0


def table(rules: Sequence[Rule], prefix: str) -> str:
    rows = [(rule.short(prefix), ", ".join(rule.types), ", ".join(_short(rule, prefix))) for rule in rules]
    heads = ("rule", "events", "consumer")
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}  {types:{widths[1]}}  {consumer}" for name, types, consumer in (heads, *rows)]
    return "\n".join([*lines, "", "make replay RULE=... FROM=... [TO=...] [ORDER=...] counts first, then asks"])


def _short(rule: Rule, prefix: str) -> list[str]:
    """Functions have names of their own, queues have those of CloudFormation."""
    return [
        name.removeprefix(prefix) if ":function:" in str(target["Arn"]) else short_name(name, prefix)
        for name, target in zip(rule.consumers, rule.targets, strict=True)
    ]


def lines_of(parts: Sequence[Part], period: Period, prefix: str, order: str) -> list[str]:
    about = f" about {order}" if order else ""
    lines = [f"{sum(part.total for part in parts)} archived events{about}, {period}"]
    for part in parts:
        times = f", {part.first} to {part.last}" if part.total else ""
        lines.append(f"- {part.rule.short(prefix)} -> {', '.join(_short(part.rule, prefix))}: {part.total}{times}")
        lines += [f"  {number:6} {printable(name)}" for name, number in sorted(part.types.items())]
        lines += [f"         {event['time']} {printable(event['detail-type'])} {event['id']}" for event in part.events]
    return lines


def warn_of_late_events(environment: Environment, period: Period) -> None:
    if not environment.is_local and period.end > datetime.now(UTC) - ARCHIVED_AFTER:
        sys.stderr.write("replay: the archive may not have the events of the last 10 minutes yet\n")


def confirmation(environment: Environment) -> str:
    return f"CONFIRM={environment.name if environment.name == 'prod' else 1}"


def is_confirmed(environment: Environment, total: int, *, sure: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """Prod needs its own name, as `make teardown` does; `sure` is not enough there."""
    given = environ.get("CONFIRM", "")
    if given == environment.name or (environment.name != "prod" and (sure or given in ("1", "yes"))):
        return True
    return says_yes(f"send {total} events to these consumers once more? [y/N] ")


if __name__ == "__main__":
    end(main)
