"""Decisions, plans and shrinking."""

import shlex
import subprocess
from collections.abc import Sequence

import pytest

from tools import ROOT
from tools.sim.__main__ import arguments, one_plan
from tools.sim.decisions import Decisions
from tools.sim.faults.base import Fault, FaultDecisions, rates_of
from tools.sim.plan import Plan, digest
from tools.sim.shrinking import reduced

FAULT = Fault("late", (0.5, 0.5), "{where} was late")


def test_a_decision_depends_on_its_seed_and_name_alone() -> None:
    one, same, other = Decisions(1), Decisions(1), Decisions(2)
    one.fraction("something else first")
    assert one.fraction("x") == same.fraction("x") != other.fraction("x")
    assert one.uuid("x") == same.uuid("x") != one.uuid("y")
    assert {one.integer(1, 3, str(number)) for number in range(100)} == {1, 2, 3}


def test_a_fault_that_is_taken_away_leaves_the_others() -> None:
    faults = [Fault(f"fault {number}", (0.1, 0.9), "") for number in range(20)]
    all_rates = rates_of(Decisions(7), faults)
    some_rates = rates_of(Decisions(7), faults[1:])
    assert {name: rate for name, rate in all_rates.items() if name != "fault 0"} == some_rates
    assert 0 < len(all_rates) < 20


def test_a_plan_may_allow_single_occurrences() -> None:
    places = [f"call {number}" for number in range(50)]
    fault_decisions = FaultDecisions(Decisions(3), {"late": 0.5})
    fired = [place for place in places if fault_decisions.fires(FAULT, place, 0.0)]
    assert 10 < len(fired) < 40
    only = FaultDecisions(Decisions(3), {"late": 0.5}, only=frozenset({digest(f"late|{fired[2]}")}))
    assert [place for place in places if only.fires(FAULT, place, 0.0)] == [fired[2]]
    assert only.fired[0].text == f"{fired[2]} was late"


def test_nothing_fires_when_it_is_calm() -> None:
    fault_decisions = FaultDecisions(Decisions(3), {"late": 1.0}, is_calm=True)
    assert not fault_decisions.fires(FAULT, "anywhere", 0.0)


@pytest.mark.parametrize("needed", [[], [4], [0, 7], [1, 2, 9]])
def test_what_is_left_fails_and_nothing_of_it_can_go(needed: list[int]) -> None:
    tried: list[Sequence[int]] = []

    def fails(items: Sequence[int]) -> bool:
        tried.append(items)
        return set(needed) <= set(items)

    assert sorted(reduced(list(range(10)), fails)) == needed
    assert len(tried) < 100


def test_the_command_of_a_plan_names_all_of_it() -> None:
    plan = Plan(5, 12, only=frozenset({"b", "a"}), people=frozenset({"shopper-1"}))
    assert plan.command() == "make simulate SEED=5 ORDERS=12 PEOPLE=shopper-1 FAULTS=a,b"
    assert Plan(5, 12, only=frozenset(), people=frozenset()).command().endswith("PEOPLE=none FAULTS=none")


@pytest.mark.parametrize(
    "plan",
    [
        Plan(5, 12, only=frozenset({"b", "a"}), people=frozenset({"shopper-1", "packer-2"})),
        Plan(5, 12, only=frozenset(), people=frozenset()),
        Plan(1, 50, always=frozenset({"crash-after|shopper-1/createOrder 1", "event-late|x y|2"})),
        Plan(17, 3, without=frozenset({"event-late", "crash-before"})),
    ],
    ids=lambda plan: plan.command().removeprefix("make simulate "),
)
def test_the_command_of_a_plan_plays_that_plan(plan: Plan) -> None:
    """Through make and the parser, as an engineer who copies it from a story."""
    command = [*shlex.split(plan.command()), "--dry-run", "ARGS="]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = (each for each in recipe.splitlines() if " -m tools.sim " in each)
    assert one_plan(arguments(shlex.split(line.partition(" -m tools.sim ")[2]))) == plan
