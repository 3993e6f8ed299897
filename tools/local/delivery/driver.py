"""The state machines in real time: one clock thread with a heap of due work, and lanes that keep consumers apart.

Guarantees: steps of one job never overlap. A lane (one function, one target) runs as many jobs at once as its limit
says and has threads of its own, so that a slow or dead consumer delays nobody else. A step that fails for a reason
that nobody foresaw is said in the log and tried again; it is never dropped.
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
"""Do what is due now; the time to come again, or None when there is nothing more to do."""

UNFORESEEN_SECONDS = 5.0


class Stopping(Exception):
    """The cloud stops: whatever the interrupted call came to, it did not happen. The job is as it was before it."""


@dataclass
class _Lane:
    limit: int
    ready: deque["_Job"] = field(default_factory=deque)
    active: int = 0
    coming: int = 0
    """Of the active threads, those that have not taken their first job yet."""


@dataclass
class _Job:
    key: str
    lane: str
    step: Step
    due: float | None = None
    """When it is to run; None while it is ready or running."""
    running: bool = False
    again: bool = False


class Driver:
    """Runs jobs until they say that they are done."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}
        self._lanes: dict[str, _Lane] = {}
        self._heap: list[tuple[float, int, _Job]] = []
        self._order = itertools.count()
        self._started = False
        self.stopping = False

    def start(self) -> None:
        """Begin to work. What was submitted before waits until now."""
        with self._changed:
            if self._started or self.stopping:
                return
            self._started = True
            for name in list(self._lanes):
                self._staff(name)
        threading.Thread(target=self._keep_time, name="delivery-clock", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing any more. Steps that are running may end, and must give their outcome up; see `Stopping`."""
        with self._changed:
            self.stopping = True
            self._changed.notify_all()

    def submit(self, key: str, lane: str, step: Step, *, limit: int = 1, at: float | None = None) -> None:
        """Run a job now, or at a time. One that is known under this key is run (again) now instead."""
        with self._changed:
            self._lanes.setdefault(lane, _Lane(limit)).limit = limit
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(key, lane, step)
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
        """How many jobs are ready, running or waiting."""
        with self._changed:
            return len(self._jobs)

    # --- under the lock ---

    def _wait_until(self, job: _Job, due: float) -> None:
        job.due = due
        heapq.heappush(self._heap, (due, next(self._order), job))
        if self._heap[0][2] is job:
            self._changed.notify_all()

    def _make_ready(self, job: _Job) -> None:
        job.due = None
        self._lanes[job.lane].ready.append(job)
        self._staff(job.lane)

    def _staff(self, name: str) -> None:
        """Give a lane the threads that it has work for."""
        lane = self._lanes[name]
        while self._started and not self.stopping and lane.active < lane.limit and lane.coming < len(lane.ready):
            lane.active += 1
            lane.coming += 1
            threading.Thread(target=self._work, args=(lane,), name=f"delivery {name}", daemon=True).start()

    # --- threads ---

    def _keep_time(self) -> None:
        with self._changed:
            while not self.stopping:
                now = self._clock()
                while self._heap and self._heap[0][0] <= now:
                    due, _, job = heapq.heappop(self._heap)
                    if job.due == due and self._jobs.get(job.key) is job:
                        self._make_ready(job)
                self._changed.wait(self._heap[0][0] - now if self._heap else None)

    def _work(self, lane: _Lane) -> None:
        coming = 1
        while True:
            with self._changed:
                lane.coming -= coming
                coming = 0
                if self.stopping or not lane.ready:
                    lane.active -= 1
                    return
                job = lane.ready.popleft()
                job.running, job.again = True, False
            due = self._step(job)
            with self._changed:
                job.running = False
                if job.again:
                    self._make_ready(job)
                elif due is None:
                    del self._jobs[job.key]
                elif due <= self._clock():
                    self._make_ready(job)
                else:
                    self._wait_until(job, due)

    def _step(self, job: _Job) -> float | None:
        try:
            return job.step()
        except Stopping:
            return self._clock() + UNFORESEEN_SECONDS
        except Exception:
            log.exception("%s: a step of its delivery failed; it is tried again", job.key)
            return self._clock() + UNFORESEEN_SECONDS
