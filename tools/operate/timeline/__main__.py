"""What happened to one order: every step of every service, with its cause, its time and its function.

Read from the rows of the services, the payment provider's ledger, the logs (where something failed) and the
dead-letter queues. `!` marks what failed and was retried, `X` what waits for an operator, `>` who has to act next.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tools.operate.timeline.sources import timeline_of
from tools.operate.timeline.story import document_of, text_of
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            timeline = timeline_of(target(environment), asked.order, datetime.now(UTC), sys.stderr.write)
    except Problem as problem:
        sys.stderr.write(f"timeline: {problem}\n")
        return 1
    if asked.json:
        print(json.dumps(document_of(timeline), indent=2, ensure_ascii=False))
    else:
        print(text_of(timeline, sys.stdout.isatty()))
    return 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make timeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("order", metavar="ORDER", help="the id of the order (make: ORDER=)")
    parser.add_argument("--json", action="store_true", help="one JSON document, for a script")
    return parser.parse_args(argv)


if __name__ == "__main__":
    end(main)
