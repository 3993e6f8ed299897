"""What is left of a run: findings of the reconciliation and dead letters about its orders, products and people."""

import json
import subprocess
import sys
from collections.abc import Set as AbstractSet
from contextlib import suppress

from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout, poll
from ecom_testkit.dead_letters import all_dead_letters
from tools import ROOT
from tools.load.plan import Plan, Result
from tools.project.problems import Problem

# A finding may be under way: an event that was not handled yet.
SETTLE_SECONDS, SETTLE_SECONDS_ON_AWS = 120, 600


def names_of(plan: Plan, result: Result) -> set[str]:
    """The ids of all that the run made. `made` has the id of an order whose answer was lost: it is known before."""
    people = {person["user_id"] for person in (*plan.shoppers, *plan.staff)}
    products = {str(product["productId"]) for product in plan.products}
    return people | products | {*result.made, *result.orders}


def findings(platform: Platform, names: AbstractSet[str]) -> list[str]:
    """Lines about what has these names, once nothing is under way any more."""
    print("reconciling ...", flush=True)
    seconds = SETTLE_SECONDS if platform.endpoint else SETTLE_SECONDS_ON_AWS
    found: list[str] = []

    def look() -> list[str]:
        found[:] = disagreements(names)
        return found

    with suppress(PollTimeout):  # what is found then, is returned
        poll(look, lambda lines: not lines, seconds)
    return found + dead_letters(platform, names)


def disagreements(names: AbstractSet[str]) -> list[str]:
    command = [sys.executable, "-m", "tools.operate.reconcile", "--json", "--older-than", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise Problem(f"the reconciliation did not run: {done.stderr.strip()[-300:]}")
    return [
        f"{finding['kind']} {' '.join(finding['ids'].values())}: {finding['actual']}"
        for finding in json.loads(done.stdout)["findings"]
        if not finding["note"] and not names.isdisjoint(finding["ids"].values())
    ]


def dead_letters(platform: Platform, names: AbstractSet[str]) -> list[str]:
    return [
        f"dead letter in {letter.queue}: {letter.code} {letter.reason}"
        for letter in all_dead_letters(platform)
        if any(name in letter.body for name in names)
    ]
