"""A burst waits for environments. A function that calls itself continues."""

import threading

import pytest

from tools.local.aws.lambda_.slots import Slots


def test_a_burst_runs_completely_with_few_environments() -> None:
    slots, lock = Slots(at_once=3, longest_wait=30), threading.Lock()
    running, most, done = 0, 0, 0
    gate = threading.Barrier(3)  # three at a time, or it breaks

    def invoke() -> None:
        nonlocal running, most, done
        with slots.taken("function"):
            with lock:
                running += 1
                most = max(most, running)
            gate.wait(timeout=10)
            with lock:
                running -= 1
                done += 1

    threads = [threading.Thread(target=invoke) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert (most, done) == (3, 30)


def test_one_function_does_not_wait_for_another() -> None:
    slots = Slots(at_once=1, longest_wait=30)
    with slots.taken("a"), slots.taken("b"):
        pass


def test_a_function_that_calls_itself_continues() -> None:
    slots = Slots(at_once=1, longest_wait=0.01)
    with slots.taken("a"), slots.taken("a"), slots.taken("a"):
        pass


def test_a_failure_releases_its_slot() -> None:
    slots = Slots(at_once=1, longest_wait=30)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), slots.taken("a"):
            _ = 1 / 0
    with slots.taken("a"):
        pass
