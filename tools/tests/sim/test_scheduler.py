"""Virtual time, tasks and execution environments."""

import pytest

from tools.sim.not_simulated import NotSimulated
from tools.sim.scheduler import Died, Scheduler, Signal, Task


class Place:
    """An execution environment without a function."""

    def __init__(self) -> None:
        self.dead = self.frozen = False
        self.parked: list[Task] = []


def test_time_jumps_to_what_is_due_and_tasks_interleave() -> None:
    scheduler, seen = Scheduler(100.0), list[tuple[float, str]]()

    def work(name: str, seconds: float) -> None:
        for _ in range(2):
            scheduler.sleep(seconds)
            seen.append((scheduler.now, name))

    scheduler.spawn("a", lambda: work("a", 2.0))
    scheduler.spawn("b", lambda: work("b", 3.0))
    scheduler.run()
    assert seen == [(102.0, "a"), (103.0, "b"), (104.0, "a"), (106.0, "b")]


def test_a_wait_ends_with_the_signal_or_the_time() -> None:
    scheduler, signal = Scheduler(0.0), Signal()
    waited: list[tuple[bool, float]] = []
    scheduler.spawn("short", lambda: waited.append((scheduler.wait(signal, 1.0), scheduler.now)))
    scheduler.spawn("long", lambda: waited.append((scheduler.wait(signal, 9.0), scheduler.now)))
    scheduler.at(5.0, lambda: scheduler.set(signal))
    scheduler.run()
    assert waited == [(False, 1.0), (True, 5.0)]


def test_what_ended_a_task_is_raised_where_its_result_is_wanted() -> None:
    scheduler = Scheduler(0.0)

    def fail() -> None:
        raise ValueError("no")

    task = scheduler.spawn("fails", fail)
    caught: list[str] = []

    def ask() -> None:
        with pytest.raises(ValueError, match="no"):
            scheduler.result(task)
        caught.append("yes")

    scheduler.spawn("asks", ask)
    scheduler.run()
    assert caught == ["yes"]


def test_the_tasks_of_a_dead_environment_end_without_a_trace() -> None:
    scheduler, place, seen = Scheduler(0.0), Place(), list[str]()

    def work() -> None:
        try:
            scheduler.sleep(10.0)
            seen.append("went on")
        except Exception:  # what handlers catch
            seen.append("caught")

    task = scheduler.spawn("work", work, place)
    not_begun = scheduler.spawn("late", lambda: seen.append("began"), place, after=6.0)

    def die() -> None:
        place.dead = True
        scheduler.end(task)
        scheduler.end(not_begun)

    scheduler.at(5.0, die)
    scheduler.run()
    assert seen == []
    assert isinstance(task.failure, Died)
    assert isinstance(not_begun.failure, Died)


def test_a_frozen_environment_goes_on_when_it_is_thawed() -> None:
    scheduler, place, seen = Scheduler(0.0), Place(), list[float]()

    def work() -> None:
        scheduler.sleep(1.0)
        seen.append(scheduler.now)

    scheduler.spawn("work", work, place)
    scheduler.at(0.5, lambda: setattr(place, "frozen", True))
    scheduler.at(7.0, lambda: scheduler.thaw(place))
    scheduler.run()
    assert seen == [7.0]


def test_names_of_repeated_things_are_stable() -> None:
    scheduler, names = Scheduler(0.0), list[str]()
    scheduler.spawn("t", lambda: names.extend(scheduler.current().numbered("get") for _ in range(2)))
    scheduler.run()
    assert names == ["t/get", "t/get#2"]


def test_what_is_not_simulated_ends_the_run_though_a_function_catches_every_exception() -> None:
    scheduler, went_on = Scheduler(0.0), list[str]()

    def ask() -> None:
        raise NotSimulated("DynamoDB's ExecuteStatement is not simulated")

    def function() -> None:
        try:
            ask()
        except Exception:
            went_on.append("as if AWS had failed")

    scheduler.spawn("function", function)
    scheduler.at(1.0, lambda: went_on.append("the run"))
    with pytest.raises(NotSimulated, match="ExecuteStatement"):
        scheduler.run()
    assert went_on == []
