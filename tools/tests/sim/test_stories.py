"""From a run that breaks a promise to its story."""

from dataclasses import replace

from tools.sim.faults.base import Fired
from tools.sim.people.book import StoryLine
from tools.sim.plan import Plan
from tools.sim.run import Result
from tools.sim.shrinking import shrink
from tools.sim.story import MOST_LINES, story
from tools.tests.sim.results import result


def broken(plan: Plan, *promises: str, faults: int = 0) -> Result:
    """A run of the plan in which promises broke and so many faults happened."""
    return replace(
        result(1, *promises),
        plan=plan,
        fired=[Fired("dynamodb-fails", f"place {number}", 0.0, f"fault {number}") for number in range(faults)],
        people=("shopper-1", "shopper-2"),
        story=[StoryLine(0.0, "shopper-1", "orders 1 p1")],
    )


def test_the_short_run_breaks_the_promise_with_which_the_long_one_began() -> None:
    """Without its fault the run still breaks its other promise: that would be another story."""

    def attempt(plan: Plan) -> Result:
        return broken(plan, "M1", "O3", faults=1) if plan.only else broken(plan, "O3")

    shortest = shrink(broken(Plan(1, 5), "M1", "O3", faults=1), attempt)
    assert [each.name for each in shortest.violations] == ["M1", "O3"]
    assert shortest.plan.only
    assert shortest.plan.people == frozenset()


def test_a_story_has_the_faults_or_says_that_they_are_too_many() -> None:
    short = story(broken(Plan(1, 5), "M1", faults=MOST_LINES))
    assert f"FAULT: fault {MOST_LINES - 1}" in short
    long = story(broken(Plan(1, 5), "M1", faults=MOST_LINES + 1))
    assert "FAULT" not in long
    assert f"{MOST_LINES + 1} faults happened, too many to list" in long
