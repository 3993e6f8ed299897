"""The driver: independent lanes, one step of a job at a time, nothing dropped."""

import itertools
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from ecom_client.polling import poll
from tools.local.delivery import driver as driver_module
from tools.local.delivery.driver import Driver, Stopping


@pytest.fixture
def driver() -> Driver:
    return Driver()


def test_a_blocked_lane_blocks_no_other(driver: Driver) -> None:
    driver.start()
    blocked, done = threading.Event(), threading.Event()

    def wait() -> None:
        blocked.wait(20)

    def finish() -> None:
        done.set()

    for number in range(10):
        driver.submit(f"slow {number}", "slow", wait)
    driver.submit("quick", "quick", finish)
    assert done.wait(5)
    poll(driver.pending, until=lambda count: count == 10, what="the quick one to be over, and the slow ones not")
    blocked.set()
    poll(driver.pending, until=lambda count: count == 0, what="all to end")
    driver.stop()


def test_a_lane_has_as_many_at_once_as_its_limit(driver: Driver) -> None:
    driver.start()
    lock, now, most = threading.Lock(), [0], [0]
    go_on = threading.Event()

    def step() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        go_on.wait(0.01)
        with lock:
            now[0] -= 1

    for number in range(60):
        driver.submit(str(number), "lane", step, limit=3)
    poll(driver.pending, until=lambda count: count == 0, what="all to end")
    assert most[0] == 3
    driver.stop()


def test_a_job_runs_again_at_the_time_that_it_returns(driver: Driver) -> None:
    driver.start()
    times: list[float] = []

    def step() -> float | None:
        times.append(time.time())
        return time.time() + 0.05 if len(times) < 4 else None

    driver.submit("job", "lane", step)
    poll(driver.pending, until=lambda count: count == 0, what="the job to end")
    assert len(times) == 4
    assert all(later - earlier >= 0.05 for earlier, later in itertools.pairwise(times))
    driver.stop()


def test_a_job_that_is_woken_while_it_runs_runs_again_and_never_twice_at_once(driver: Driver) -> None:
    driver.start()
    inside, runs, go_on = [0], [0], threading.Event()

    def step() -> None:
        inside[0] += 1
        assert inside[0] == 1
        runs[0] += 1
        go_on.wait(5)
        inside[0] -= 1

    driver.submit("job", "lane", step, limit=5)
    poll(lambda: runs[0], until=lambda count: count == 1, what="the first run")
    for _ in range(3):
        driver.submit("job", "lane", step, limit=5)
    go_on.set()
    poll(driver.pending, until=lambda count: count == 0, what="the job to end")
    assert runs[0] == 2
    driver.stop()


def test_nothing_begins_before_the_start_or_after_the_stop(driver: Driver) -> None:
    ran: list[str] = []
    driver.submit("early", "lane", lambda: ran.append("early"))
    assert driver.pending() == 1
    driver.start()
    poll(lambda: ran, until=lambda found: found == ["early"], what="the early one")
    driver.stop()
    driver.submit("late", "lane", lambda: ran.append("late"))
    assert ran == ["early"]
    assert driver.pending() >= 1


def test_an_unexpected_failure_is_logged_and_the_job_stays(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    def step() -> None:
        raise RuntimeError("unforeseen")

    driver.start()
    driver.submit("job", "lane", step)
    poll(lambda: caplog.text, until=lambda text: "a step of its delivery failed" in text, what="the log")
    assert driver.pending() == 1
    driver.stop()


def test_an_interrupted_step_stays_and_is_not_logged(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    began, go_on = threading.Event(), threading.Event()

    def step() -> None:
        began.set()
        go_on.wait(5)
        raise Stopping

    driver.start()
    driver.submit("job", "lane", step)
    assert began.wait(5)
    driver.stop()
    go_on.set()
    assert driver.pending() == 1
    assert not caplog.text


def test_threads_of_a_lane_are_reused_and_finally_end(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.local.delivery.driver.IDLE_SECONDS", 0.2)
    driver.start()
    seen: set[int] = set()

    def step() -> None:
        seen.add(threading.get_ident())

    for number in range(50):
        driver.submit(str(number), "lane", step, limit=2)
        poll(driver.pending, until=lambda count: count == 0, what="it to be done")
    assert len(seen) <= 2
    poll(
        lambda: [one.name for one in threading.enumerate() if one.name == "delivery lane"],
        until=lambda names: not names,
        what="idle threads to end",
    )
    driver.submit("later", "lane", step)
    poll(driver.pending, until=lambda count: count == 0, what="work after an idle time")
    driver.stop()


def test_work_submitted_while_threads_end_is_done(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads end and are started all the time. No job is left over."""
    monkeypatch.setattr("tools.local.delivery.driver.IDLE_SECONDS", 0.0005)
    driver.start()
    done = itertools.count()

    def step() -> None:
        next(done)

    for number in range(3000):
        driver.submit(f"{number % 7} {number}", f"lane {number % 7}", step, limit=3)
        if number % 50 == 0:
            threading.Event().wait(0.0006)
    poll(driver.pending, until=lambda count: count == 0, what="all to end")
    assert next(done) == 3000
    driver.stop()


class NoticedLock:
    """A lock that calls a function after each release."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.released: Callable[[], None] = lambda: None
        self.acquire = self._lock.acquire

    def release(self) -> None:
        self._lock.release()
        self.released()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def test_a_job_that_comes_while_the_last_idle_thread_ends_gets_a_new_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = NoticedLock()
    its_threading = SimpleNamespace(Lock=lambda: lock, Condition=threading.Condition, Thread=threading.Thread)
    monkeypatch.setattr(driver_module, "threading", its_threading)
    monkeypatch.setattr(driver_module, "IDLE_SECONDS", 0.01)
    driver = Driver()
    submitted, done = threading.Event(), threading.Event()

    def submit_once() -> None:
        """Submit the second job as soon as the thread of the lane has neither a job nor waits for one."""
        in_lane = threading.current_thread().name == "delivery lane"
        if in_lane and not driver._jobs and not driver._lanes["lane"].idle and not submitted.is_set():
            submitted.set()
            driver.submit("second", "lane", done.set)

    driver.submit("first", "lane", lambda: None)
    lock.released = submit_once
    driver.start()
    assert submitted.wait(10)
    assert done.wait(10)
    driver.stop()
