"""From a failing run to a short one: fewer occurrences of faults, then fewer people, then fewer orders.

Decisions are independent of each other, so this is plain delta debugging: leave parts out, run again, keep what still
breaks the same promise.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tools.sim.plan import Plan, digests
from tools.sim.processes import RunFailed
from tools.sim.run import Result

T = TypeVar("T")
MOST_RUNS = 200


class _Budget:
    def __init__(self, runs: int) -> None:
        self.left = runs


def shrink(result: Result, attempt: Callable[[Plan], Result], runs: int = MOST_RUNS) -> Result:
    """The shortest failing run that was found. `attempt` runs a plan; it may raise RunFailed."""
    name = result.violations[0].name
    best, budget = result, _Budget(runs)

    def fails(plan: Plan) -> bool:
        nonlocal best
        if budget.left <= 0:
            return False
        budget.left -= 1
        try:
            tried = attempt(plan)
        except RunFailed:  # this shorter plan gives no verdict: the longer one stays
            return False
        if name in {violation.name for violation in tried.violations}:
            best = tried
            return True
        return False

    plan = replace(result.plan, only=digests(fired.key for fired in result.fired))
    if not fails(plan):
        return result  # the faults that fired do not reproduce the violation alone: keep the whole run
    plan = _without_faults(plan, fails)
    plan = _without_people(plan, result, fails)
    _with_fewer_orders(plan, fails)
    return best


def _without_faults(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    kept = reduced(sorted(plan.only or ()), lambda some: fails(replace(plan, only=frozenset(some))))
    return replace(plan, only=frozenset(kept))


def _without_people(plan: Plan, result: Result, fails: Callable[[Plan], bool]) -> Plan:
    people = sorted(result.people if plan.people is None else plan.people)
    kept = reduced(people, lambda some: fails(replace(plan, people=frozenset(some))))
    return replace(plan, people=frozenset(kept))


def _with_fewer_orders(plan: Plan, fails: Callable[[Plan], bool]) -> None:
    """A smaller shop has fewer units, so it may not fail; then the larger one stays."""
    numbers = [int(name.rpartition("-")[2]) for name in plan.people or () if name.startswith("shopper-")]
    smallest = max(numbers, default=1)
    if smallest < plan.orders:
        fails(replace(plan, orders=smallest))


def reduced(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """A part of the items that still fails, from which no single one can be left out (ddmin)."""
    if not items or fails([]):
        return []
    parts = 2
    while len(items) >= 2:
        size = max(1, len(items) // parts)
        chunks = [items[start : start + size] for start in range(0, len(items), size)]
        for number, chunk in enumerate(chunks):
            rest = [item for other, each in enumerate(chunks) if other != number for item in each]
            if fails(chunk):
                items, parts = chunk, 2
                break
            if len(chunks) > 2 and fails(rest):
                items, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(items), parts * 2)
    return items
