"""What is left of a run: findings of the reconciliation and dead letters about its orders."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout, poll
from ecom_testkit.dead_letters import all_dead_letters
from tools import ROOT
from tools.project.problems import Problem

# A finding may be under way: an event that was not handled yet.
SETTLE_SECONDS, SETTLE_SECONDS_ON_AWS = 120, 600


def findings(platform: Platform, orders: Sequence[str]) -> list[str]:
    """Lines about these orders, once nothing is under way any more."""
    print("reconciling ...", flush=True)
    seconds = SETTLE_SECONDS if platform.endpoint else SETTLE_SECONDS_ON_AWS
    found: list[str] = []

    def look() -> list[str]:
        found[:] = disagreements(set(orders))
        return found

    with suppress(PollTimeout):  # what is found then, is returned
        poll(look, lambda lines: not lines, seconds)
    return found + dead_letters(platform, orders)


def disagreements(orders: set[str]) -> list[str]:
    command = [sys.executable, "-m", "tools.operate.reconcile", "--json", "--older-than", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise Problem(f"the reconciliation did not run: {done.stderr.strip()[-300:]}")
    return [
        f"{finding['kind']} {finding['ids'].get('orderId', '')}: {finding['actual']}"
        for finding in json.loads(done.stdout)["findings"]
        if not finding["note"] and orders & set(finding["ids"].values())
    ]


def dead_letters(platform: Platform, orders: Sequence[str]) -> list[str]:
    return [
        f"dead letter in {letter.queue}: {letter.code} {letter.reason}"
        for letter in all_dead_letters(platform)
        if any(order in letter.body for order in orders)
    ]
