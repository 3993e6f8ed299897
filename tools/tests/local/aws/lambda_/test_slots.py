"""A burst waits for environments; a function that waits for itself goes on."""

import threading

import pytest

from tools.local.aws.lambda_.slots import Slots


def test_a_burst_runs_few_at_once_and_all_of_it() -> None:
    slots, lock = Slots(at_once=3, patience=30), threading.Lock()
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
    slots = Slots(at_once=1, patience=30)
    with slots.taken("a"), slots.taken("b"):
        pass


def test_a_function_that_waits_for_itself_goes_on() -> None:
    slots = Slots(at_once=1, patience=0.01)
    with slots.taken("a"), slots.taken("a"), slots.taken("a"):
        pass


def test_a_failure_gives_its_place_back() -> None:
    slots = Slots(at_once=1, patience=30)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), slots.taken("a"):
            _ = 1 / 0
    with slots.taken("a"):
        pass
