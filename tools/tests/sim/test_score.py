"""How the score tells a defect that stops the platform or ends a run from a failure of the simulator."""

from types import SimpleNamespace
from typing import Any

import pytest

from tools.sim.defects import Change, Defect
from tools.sim.invariants.violation import Violation
from tools.sim.not_simulated import NotSimulated
from tools.sim.processes import NO_ANSWER, RunFailed
from tools.sim.score import FAILED, NOTHING, RUN, SIMULATOR, START, Score, by_runs

PLANTED = Defect("a-defect", "orders", "", (Change("a.py", "x", "y"),))
KEPT: tuple[Violation, ...] = ()
BROKEN = (Violation("M1", "captured twice", "order-1"),)
ERROR = RunFailed("make simulate SEED=1:\nTraceback\nKeyError: 'name'")


class FakePlanting:
    """Runs with a defect and runs without it, each of which ends as given: with violations or with an error."""

    def __init__(self, planted: Any = KEPT, intact: Any = KEPT, start: BaseException | None = None) -> None:
        self._planted, self._intact, self._start = planted, intact, start

    def runner(self, _defect: Defect) -> Any:
        if self._start is not None:
            raise self._start
        return _runner(self._planted)

    def intact(self) -> Any:
        return _runner(self._intact)


def _runner(ending: Any) -> Any:
    def one(_plan: Any, _prepare: Any) -> Any:
        if isinstance(ending, Exception):
            raise ending
        return SimpleNamespace(violations=ending)

    return SimpleNamespace(one=one)


def score(planting: FakePlanting, defect: Defect = PLANTED) -> Score:
    made: Any = planting
    return by_runs(made, defect, range(1, 4), with_story=False)


def test_a_broken_promise_finds_a_defect() -> None:
    found = score(FakePlanting(planted=BROKEN))
    assert (found.found_by, found.promise, found.seed, found.seeds_run) == (SIMULATOR, "M1", 1, 1)


def test_kept_promises_find_nothing() -> None:
    found = score(FakePlanting())
    assert (found.found_by, found.seeds_run) == (NOTHING, 3)


@pytest.mark.parametrize("error", [NotSimulated("a-queue: FifoQueue"), KeyError("Arn"), SystemExit(1)])
def test_a_platform_that_does_not_start_is_found(error: BaseException) -> None:
    found = score(FakePlanting(start=error))
    assert (found.found_by, found.promise) == (SIMULATOR, START)
    assert str(error) in found.violation


def test_a_run_that_ends_with_an_error_is_found_with_it() -> None:
    found = score(FakePlanting(planted=ERROR))
    assert (found.found_by, found.promise, found.violation) == (SIMULATOR, RUN, "the run ends in KeyError: 'name'")


def test_a_run_without_an_end_is_found() -> None:
    found = score(FakePlanting(planted=RunFailed(NO_ANSWER)))
    assert (found.found_by, found.promise) == (SIMULATOR, RUN)
    assert "no end" in found.violation


@pytest.mark.parametrize("intact", [ERROR, BROKEN])
def test_an_error_that_the_platform_has_without_the_defect_is_no_verdict(intact: Any) -> None:
    assert score(FakePlanting(planted=ERROR, intact=intact)).found_by == FAILED


def test_an_error_of_the_platform_without_a_defect_is_no_verdict() -> None:
    assert score(FakePlanting(planted=ERROR), Defect("no defect", "", "", ())).found_by == FAILED
