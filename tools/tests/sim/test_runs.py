"""Whole runs: exact repetition, what a defect looks like, and the command."""

import re

import pytest

from tools.tests.sim.conftest import Simulate

pytestmark = pytest.mark.starts_first

TWICE = """
import re
from tools.sim.forks import Runner
from tools.sim.plan import Plan
runner = Runner.of_tree()
for seed in (1, 2):
    one, two = (runner.one(Plan(seed, 12)) for _ in range(2))
    assert one.trace == two.trace, seed
    assert [fired.key for fired in one.fired] == [fired.key for fired in two.fired]
    assert one.fired and one.accepted and not one.violations, one.violations
    assert not [call for _, call, _ in one.first_calls if re.search("[0-9a-f]{16}", call)]
    print(one.trace)
kinds = {fired.key.partition("|")[0] for fired in one.fired}
less = runner.one(Plan(2, 12, without=frozenset({min(kinds)})))
assert less.trace != one.trace
assert min(kinds) not in {fired.key.partition("|")[0] for fired in less.fired}
"""

# The first run raises, the second ends its process, the third is a run as any other.
FAILING = """
import os
from tools.sim.forks import Runner
from tools.sim.plan import Plan
from tools.sim.processes import RunFailed
started, failed = [], []
runner = Runner.of_tree()
def spoil(world):
    number = runner.number
    if number == 1:
        raise ValueError("the simulator is wrong here")
    if number == 2:
        os._exit(1)
def numbered():
    for runner.number in (1, 2, 3):
        yield Plan(runner.number, 8)
done = [plan.seed for plan, _ in runner.many(numbered(), 1, spoil, lambda plan, why: failed.append((plan.seed, why)))]
assert done == [3], done
(_, first), (_, second) = failed
assert "the simulator is wrong here" in first and "without an answer" in second, failed
runner.number = 1
try:
    runner.one(Plan(1, 8), spoil)
except RunFailed as told:
    print(told)
"""

# An order is written whatever its version is.
DEFECT = """
from tools.sim.defects import catalogue
from tools.sim.defects.planting import Planting
from tools.sim.plan import Plan
from tools.sim.shrinking import shrink
from tools.sim.story import story

(defect,) = (each for each in catalogue() if each.name == "order-overwritten")
runner = Planting().runner(defect)
for seed in range(1, 31):
    result = runner.one(Plan(seed, 20))
    if result.violations:
        shortest = shrink(result, runner.one, runs=60)
        assert {each.name for each in shortest.violations} & {each.name for each in result.violations}
        assert len(shortest.fired) < len(result.fired)
        assert len(shortest.people) < len(result.people)
        again = runner.one(shortest.plan)
        assert again.trace == shortest.trace
        print(story(shortest))
        break
else:
    raise SystemExit("not found")
"""


def test_the_same_seed_gives_the_same_run(simulate: Simulate) -> None:
    one, two = simulate(code=TWICE), simulate(code=TWICE)
    assert one.returncode == 0, one.stderr
    assert one.stdout == two.stdout
    assert len(set(one.stdout.split())) == 2


def test_a_run_in_which_the_simulator_fails_does_not_stop_the_others(simulate: Simulate) -> None:
    done = simulate(code=FAILING)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "make simulate SEED=1" in done.stdout
    assert "the simulator is wrong here" in done.stdout


def test_a_removed_guard_is_found_and_told(simulate: Simulate) -> None:
    done = simulate(code=DEFECT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is broken" in done.stdout
    assert "repeat it   make simulate SEED=" in done.stdout


def test_the_command_counts_orders_and_faults(simulate: Simulate) -> None:
    done = simulate("--orders", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "30 orders in 1 runs" in done.stdout
    assert re.search(r"^[1-9]\d* accepted; ", done.stdout, re.MULTILINE)
    assert re.search(r"^[1-9]\d* faults of [1-9]\d* kinds; ", done.stdout, re.MULTILINE)
    assert "promises broken: none" in done.stdout


def test_a_wrong_use_is_explained(simulate: Simulate) -> None:
    done = simulate("--trace", "file")
    assert done.returncode == 2
    assert "TRACE= needs SEED=" in done.stderr
