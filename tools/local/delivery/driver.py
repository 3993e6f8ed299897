"""Runs the state machines in real time: one clock thread with a heap of due work, and a lane for each consumer.

Guarantees: steps of one job never overlap. A lane (one function, one target) runs as many jobs at once as its limit and
has its own threads, so a slow or failing consumer does not delay the others. A step that raises an unexpected exception
is logged and repeated; it is never dropped.
"""

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.local.delivery.model import Clock

log = logging.getLogger("local.delivery")

Step = Callable[[], float | None]
"""Do what is due now. Returns the time of the next step, or None when the job is done."""

UNFORESEEN_SECONDS = 5.0
# How long an idle thread waits for more work of its lane before it ends.
IDLE_SECONDS = 5.0


class Stopping(Exception):
    """The cloud stops. The interrupted call counts as not made, and the job stays as it was before it."""


@dataclass
class _Lane:
    name: str
    limit: int
    wake: threading.Condition
    ready: deque["_Job"] = field(default_factory=deque)
    threads: int = 0
    idle: int = 0
    woken: int = 0
    """Idle threads that were notified and have not resumed yet."""
    starting: int = 0
    """Started threads that do not run yet."""


@dataclass
class _Job:
    key: str
    lane: _Lane
    step: Step
    due: float | None = None
    """The time to run; None while the job is ready or running."""
    running: bool = False
    again: bool = False


class Driver:
    """Runs jobs until they are done."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._jobs: dict[str, _Job] = {}
        self._lanes: dict[str, _Lane] = {}
        self._heap: list[tuple[float, int, _Job]] = []
        self._order = itertools.count()
        self._started = False
        self.stopping = False

    def start(self) -> None:
        """Start to work. Jobs that were submitted earlier wait until now."""
        with self._lock:
            if self._started or self.stopping:
                return
            self._started = True
            for lane in self._lanes.values():
                self._assign_threads(lane)
        threading.Thread(target=self._run_clock, name="delivery-clock", daemon=True).start()

    def stop(self) -> None:
        """Start no more steps. Running steps may end but must raise `Stopping` instead of keeping their outcome."""
        with self._lock:
            self.stopping = True
            self._changed.notify_all()
            for lane in self._lanes.values():
                lane.wake.notify_all()

    def submit(self, key: str, lane: str, step: Step, *, limit: int = 1, at: float | None = None) -> None:
        """Run a job now, or at `at`. A job with a known key runs (again) now instead."""
        with self._lock:
            its_lane = self._lanes.get(lane)
            if its_lane is None:
                its_lane = self._lanes[lane] = _Lane(lane, limit, threading.Condition(self._lock))
            its_lane.limit = limit
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(key, its_lane, step)
                if at is not None and at > self._clock():
                    self._wait_until(job, at)
                    return
            elif job.running:
                job.again = True
                return
            elif job.due is None:
                return  # it is ready already
            self._make_ready(job)

    def pending(self) -> int:
        """The number of jobs that are ready, running or waiting."""
        with self._lock:
            return len(self._jobs)

    # --- under the lock ---

    def _wait_until(self, job: _Job, due: float) -> None:
        job.due = due
        heapq.heappush(self._heap, (due, next(self._order), job))
        if self._heap[0][2] is job:
            self._changed.notify_all()

    def _make_ready(self, job: _Job) -> None:
        job.due = None
        job.lane.ready.append(job)
        self._assign_threads(job.lane)

    def _assign_threads(self, lane: _Lane) -> None:
        """Give a lane the threads for its work: idle ones first."""
        while self._started and not self.stopping and lane.woken + lane.starting < len(lane.ready):
            if lane.idle > lane.woken:
                lane.woken += 1
                lane.wake.notify()
            elif lane.threads < lane.limit:
                lane.threads += 1
                lane.starting += 1
                threading.Thread(target=self._work, args=(lane,), name=f"delivery {lane.name}", daemon=True).start()
            else:
                return

    def _next(self, lane: _Lane) -> _Job | None:
        """The next job of a lane. Waits a while for one. None means that the thread ends: the lane counts it no more
        from the same moment on, so a job that comes later gets a new thread."""
        while not lane.ready and not self.stopping:
            lane.idle += 1
            lane.wake.wait(IDLE_SECONDS)
            lane.idle -= 1
            if lane.woken:
                lane.woken -= 1
            elif not lane.ready:
                break
        if not lane.ready or self.stopping:
            lane.threads -= 1
            return None
        job = lane.ready.popleft()
        job.running, job.again = True, False
        return job

    def _reschedule(self, job: _Job, due: float | None) -> None:
        """Put a job where it belongs after a step."""
        job.running = False
        if job.again or (due is not None and due <= self._clock()):
            job.due = None
            job.lane.ready.append(job)  # this thread takes it next
        elif due is None:
            del self._jobs[job.key]
        else:
            self._wait_until(job, due)

    # --- threads ---

    def _run_clock(self) -> None:
        with self._lock:
            while not self.stopping:
                now = self._clock()
                while self._heap and self._heap[0][0] <= now:
                    due, _, job = heapq.heappop(self._heap)
                    if job.due == due and self._jobs.get(job.key) is job:
                        self._make_ready(job)
                self._changed.wait(self._heap[0][0] - now if self._heap else None)

    def _work(self, lane: _Lane) -> None:
        with self._lock:
            lane.starting -= 1
            job = self._next(lane)
        while job is not None:
            due = self._step(job)
            with self._lock:
                self._reschedule(job, due)
                job = self._next(lane)

    def _step(self, job: _Job) -> float | None:
        try:
            return job.step()
        except Stopping:
            return self._clock() + UNFORESEEN_SECONDS
        except Exception:
            log.exception("%s: a step of its delivery failed and is repeated", job.key)
            return self._clock() + UNFORESEEN_SECONDS
