"""Load on a running platform: RATE journeys begin in a second (2), for SECONDS (60).

Of a hundred shoppers 45 browse, 10 leave a full cart, 30 buy and follow the order until it is paid, 8 cancel, 7 return
a product. Staff pack and deliver what is ordered, and approve and receive returns. Afterwards the reconciliation must
find nothing about what the run made, and no dead letter may mention it. Exit code 1: requests failed, or something was
found.

On the local cloud all that the run made is removed (ARGS=--keep keeps it). On AWS users are removed; products and
orders stay unless ARGS=--remove, which reads whole tables. Prod needs CONFIRM=prod: these are real orders there.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from ecom_client.journey import Product, Staff, new_product
from ecom_client.made import report_to
from ecom_client.people import temporary_user
from ecom_client.platform import Platform
from ecom_testkit.made_by_tests import MadeByTests
from tools import ROOT
from tools.load.afterwards import findings, names_of
from tools.load.plan import Plan, Result, people_for
from tools.load.report import lines_of
from tools.local.client import Cloud
from tools.local.home import Home
from tools.operate.interrupts import interrupts_end_the_block
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import Environment, chosen
from tools.project.problems import Problem, WrongUse

PYTHON = ROOT / ".venv-load" / "bin" / "python"
PRODUCTS, ENOUGH = 10, 1_000_000
INTERRUPTED_SECONDS = 60
MOST_SECONDS = 1800  # tokens are valid for an hour


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        check_confirmed(environment)
        with readable(environment), interrupts_end_the_block():
            target(environment)
            os.environ.update(variables_of(environment))
            return run(asked, Platform.from_environment())
    except Problem as problem:
        sys.stderr.write(f"load: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=2.0, help="journeys that begin in a second (2; make: RATE=)")
    parser.add_argument(
        "--seconds", type=int, default=60, help=f"how long (60, at most {MOST_SECONDS}; make: SECONDS=)"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--keep", action="store_true", help="keep products and orders on the local cloud")
    group.add_argument("--remove", action="store_true", help="remove products and orders on AWS too")
    asked = parser.parse_args(argv)
    if not 0 < asked.rate <= 100:
        parser.error("--rate must be more than 0 and at most 100")
    if not 1 <= asked.seconds <= MOST_SECONDS:
        parser.error(f"--seconds must be 1 to {MOST_SECONDS}")
    return asked


def check_confirmed(environment: Environment, environ: Mapping[str, str] = os.environ) -> None:
    if environment.name == "prod" and environ.get("CONFIRM") != "prod":
        raise WrongUse("this makes real orders in prod; CONFIRM=prod does it all the same")


def variables_of(environment: Environment) -> dict[str, str]:
    """How `ecom_client` finds the platform."""
    if environment.is_local:
        return {"ECOM_ENVIRONMENT": environment.name, **Cloud(Home.from_environment()).environment}
    return {"ECOM_ENVIRONMENT": environment.name, "AWS_REGION": environment.region}


def run(asked: argparse.Namespace, platform: Platform) -> int:
    made = MadeByTests(platform)
    report_to(made)
    removes = not asked.keep if platform.endpoint else asked.remove
    try:
        with ExitStack() as stack:
            plan = prepared(asked, platform, stack)
            result = played(plan)
            for name in result.made:
                made.made(name)
            for line in lines_of(result, asked.rate):
                print(line)
            found = findings(platform, names_of(plan, result))
    finally:
        if removes:  # behind the users: services use what they store about a user as long as there is the user
            print("what the run made is removed", flush=True)
            made.remove_all()
    for line in found or ["the reconciliation found nothing about what the run made, and no dead letter mentions it"]:
        print(line)
    if not removes:
        print(f"products and orders stay: {len(plan.products)} products named `Load ...`, {len(result.orders)} orders")
    return 1 if found or result.errors or result.unfinished else 0


def prepared(asked: argparse.Namespace, platform: Platform, stack: ExitStack) -> Plan:
    shoppers, staff = people_for(asked.rate)
    print(f"{shoppers} shoppers and {staff} staff sign in", flush=True)
    people = [stack.enter_context(temporary_user(platform)) for _ in range(shoppers)]
    workers = [stack.enter_context(temporary_user(platform, "admin", "warehouse", "delivery")) for _ in range(staff)]
    products: list[Product] = [
        new_product(platform, price=990 + 500 * number, name=f"Load {number}") for number in range(PRODUCTS)
    ]
    for product in products:
        Staff(platform, workers[0]).set_stock(product["productId"], ENOUGH)
    return Plan(
        asked.rate, asked.seconds, [asdict(each) for each in people], [asdict(each) for each in workers], products
    )


def played(plan: Plan) -> Result:
    with tempfile.TemporaryDirectory() as folder:  # only its owner can read it: the plan has tokens
        wanted, done = Path(folder, "plan.json"), Path(folder, "result.json")
        plan.write(wanted)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [str(PYTHON), "-m", "tools.load.locust_process", str(wanted), str(done)]
        # In a session of its own Ctrl-C reaches it by `waited_for` alone, once.
        code = waited_for(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        if not done.exists():
            raise Problem(f"Locust ended with exit code {code} and without a result; its messages are above")
        return Result.read(done)


def waited_for(process: "subprocess.Popen[bytes]") -> int:
    """The exit code. After Ctrl-C Locust writes what it has, which is removed or listed. After a second one, or if it
    takes too long, it is killed."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(timeout=INTERRUPTED_SECONDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        process.kill()
        return process.wait(timeout=INTERRUPTED_SECONDS)


if __name__ == "__main__":
    end(main)
