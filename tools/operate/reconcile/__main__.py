"""Compare the records of orders, payment, warehouse, delivery, returns, cart, partners and the payment provider about
the same orders.

Prints each disagreement with ids, age and what to do. With --repair, events that a service missed are published again,
from the tables of the services that own them, until nothing is left that they repair. A second repair changes nothing.
Exit code 1: findings are left. With --about, what is merely under way is said too; it is no finding.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ecom.errors import PlatformError
from reconciliation_service.bootstrap import PAUSE_SECONDS
from reconciliation_service.findings import Limits
from reconciliation_service.sweep import Sweep
from tools.operate.reconcile.order_report import LIMITS, lines_of, reports
from tools.operate.reconcile.repair import Repair, Result
from tools.operate.reconcile.report import document_of, line_of, summary_of
from tools.operate.reconcile.sources import Sources, sources_of
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

LEDGER_DAYS = 7


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            return run(asked, sources_of(target(environment)))
    except PlatformError as error:
        sys.stderr.write(f"reconcile: {error.message}\n")
        return 1
    except Problem as problem:
        sys.stderr.write(f"reconcile: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make reconcile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repair", action="store_true", help="publish missed events again (make: REPAIR=1)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    parser.add_argument(
        "--older-than",
        type=minutes,
        metavar="MINUTES",
        help="how long anything may be under way (default: 10 to 60; with --about: 10)",
    )
    parser.add_argument(
        "--about", action="append", metavar="ORDER", help="this order only, and what is under way; may be repeated"
    )
    parser.add_argument(
        "--ledger-days",
        type=whole,
        default=LEDGER_DAYS,
        metavar="DAYS",
        help="compare payments of orders changed since then with the provider's ledger (default: %(default)s)",
    )
    parser.add_argument(
        "--within",
        type=whole,
        default=60,
        metavar="SECONDS",
        help="how long to wait for repairs (default: %(default)s)",
    )
    return parser.parse_args(argv)


def minutes(text: str) -> timedelta:
    value = float(text)
    if not 0 <= value < 1e6:
        raise ValueError(text)
    return timedelta(minutes=value)


def whole(text: str) -> int:
    value = int(text)
    if not 0 <= value < 100_000:
        raise ValueError(text)
    return value


def run(asked: argparse.Namespace, sources: Sources) -> int:
    now = datetime.now(UTC)
    default = LIMITS if asked.about else Limits()
    limits = default if asked.older_than is None else Limits.of(asked.older_than)
    sweep = Sweep(
        sources.repository,
        sources.provider,
        now,
        limits,
        timedelta(days=asked.ledger_days),
        pause=lambda: time.sleep(PAUSE_SECONDS),
    )
    orders = reports(sweep, asked.about) if asked.about else []
    findings = [each for order in orders for each in order.findings] if orders else list(sweep.findings())
    if asked.repair:
        results = Repair(sources.publisher, sweep, asked.within).repair(findings)
    else:
        results = [Result(finding) for finding in findings]
    if asked.json:
        print(json.dumps(document_of(results, sweep, now, orders), indent=2))
    else:
        about = [line for order in orders for line in lines_of(order, now, limits)]
        print("\n".join([*about, *(line_of(result, now) for result in results), summary_of(results, sweep)]))
    return 1 if sweep.left_out or any(not result.is_done for result in results) else 0


if __name__ == "__main__":
    end(main)
