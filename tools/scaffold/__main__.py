"""Write a new service: code, template, tests of every kind and a README."""

import argparse
import re
import sys

from tools.project.command import end
from tools.project.problems import Problem, WrongUse
from tools.scaffold.plan import Options, make_plan
from tools.scaffold.writing import write

USAGE = (
    "make new-service NAME=loyalty CONSUMES=OrderCreated,DeliveryCompleted [PUBLISHES=PointsEarned] "
    "[KEEPS=OrderCreated | QUEUE=1]\n"
    "       make new-service NAME=vouchers API=iam|cognito|key [GRAPHQL=Voucher] [MACHINE=1] [CONSUMES=...] "
    "[PUBLISHES=...]"
)
HELP = {
    "--name": "the name: lower-case letters, digits and dashes",
    "--consumes": "the events that it consumes; an unknown name is refused with the list of all events",
    "--publishes": "the events that it publishes, if any",
    "--api": "a REST API: `iam` for other services, `cognito` for users of the pool, `key` for other companies",
    "--graphql": "a GraphQL type for its records: `Voucher` gets a query getVoucher and a mutation putVoucher",
    "--keeps": "those of the consumed events whose data it keeps; the others act on it. Without any it counts events",
}
QUEUE_HELP = "events come through a queue: for a service that calls another system, which may be unavailable for hours"
MACHINE_HELP = "a Step Functions state machine: an execution for each record"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.scaffold", description=__doc__, epilog=USAGE)
    for name, text in HELP.items():
        parser.add_argument(name, default="", help=text)
    parser.add_argument("--queue", action="store_true", help=QUEUE_HELP)
    parser.add_argument("--machine", action="store_true", help=MACHINE_HELP)
    given = parser.parse_args(argv)
    try:
        consumes, publishes, keeps = map(_names, (given.consumes, given.publishes, given.keeps))
        options = Options(given.queue, keeps, given.api, given.graphql, given.machine)
        plan = make_plan(given.name, consumes, publishes, options=options)
        changed = write(plan)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        if isinstance(problem, WrongUse):
            sys.stderr.write(f"usage: {USAGE}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    print(f"new-service: wrote {', '.join(map(str, changed))}")
    deploys = " ".join(f"deploy-{name}" for name in (plan.name, *(("frontend-api",) if plan.graphql else ())))
    print(f"next: make ci-{plan.name}, then make {deploys} (the local cloud must run: make up)")
    print(f"      {plan.name}/README.md explains how to see it react, and where its rules go")
    return 0


def _names(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name]


if __name__ == "__main__":
    end(main)
