"""Virtual time and tasks: one greenlet per task, which gives up control at every call to the outside.

A heap holds what is due. The clock jumps to the next due time and never waits. Ties are broken by the order in which
work was scheduled, so a run is a pure function of its inputs.
"""

import heapq
from collections.abc import Callable
from typing import Any, Protocol

from greenlet import getcurrent, greenlet

from tools.sim.not_simulated import NotSimulated

FOREVER = float("inf")


class Died(BaseException):
    """The execution environment of a task ended: nothing of the task runs any more. No handler can catch it."""


class NoTask(Exception):
    """The code that runs now is no task."""


class NoEnd(Exception):
    """A run does not come to rest, or waits for what never happens."""


class Owner(Protocol):
    """An execution environment. Its tasks stand still while it is frozen, and end when it is dead."""

    dead: bool
    frozen: bool
    parked: list["Task"]


class Signal:
    """Something that tasks wait for. Set once."""

    __slots__ = ("is_set", "value", "waiting")

    def __init__(self) -> None:
        self.is_set = False
        self.value: Any = None
        self.waiting: list[tuple[Task, int]] = []


class Task(greenlet):  # type: ignore[misc]  # greenlet has no types
    """Work with a stable name. `done` carries its result, or the exception that ended it."""

    def __init__(self, scheduler: "Scheduler", name: str, work: Callable[[], Any], owner: Owner | None) -> None:
        super().__init__(self._run_work, scheduler.hub)
        self.scheduler, self.name, self.work, self.owner = scheduler, name, work, owner
        self.wake_number = 0
        """The number of the last wake-up that was planned. A heap entry with another number is ignored: of a signal and
        its time-out only the first wakes the task."""
        self.done = Signal()
        self.failure: BaseException | None = None
        self.counts: dict[str, int] = {}

    def _run_work(self) -> None:
        try:
            self.done.value = self.work()
        except BaseException as error:  # the task that waits for this one gets it
            self.failure = error
            if isinstance(error, NotSimulated):
                self.scheduler.simulator_error = self.scheduler.simulator_error or error
        self.scheduler.set(self.done)

    def numbered(self, name: str) -> str:
        """A stable name for one more thing of this kind that the task does."""
        number = self.counts[name] = self.counts.get(name, 0) + 1
        return f"{self.name}/{name}" if number == 1 else f"{self.name}/{name}#{number}"


class Scheduler:
    """Runs tasks and actions in virtual time."""

    def __init__(self, start: float, max_steps: int = 5_000_000) -> None:
        self.now = start
        self.hub = getcurrent()
        self.steps = 0
        self.simulator_error: BaseException | None = None
        """What made the simulator itself fail. The run ends with it."""
        self._max_steps = max_steps
        self._heap: list[tuple[float, int, Task | None, Any]] = []
        """When, a number that breaks ties, and a task with the number of its wake-up, or no task and an action."""
        self._number = 0

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Run an action at a time. It runs in the hub: it must not wait."""
        self._number += 1
        heapq.heappush(self._heap, (max(when, self.now), self._number, None, action))

    def spawn(self, name: str, work: Callable[[], Any], owner: Owner | None = None, after: float = 0.0) -> Task:
        task = Task(self, name, work, owner)
        self._wake_at(self.now + after, task)
        return task

    def run(self, until: float = FOREVER) -> None:
        """Do what is due until the given time, or until nothing is left. Raises an error of the simulator itself."""
        heap, pop = self._heap, heapq.heappop
        while heap and heap[0][0] <= until:
            when, _, task, what = pop(heap)
            if when > self.now:
                self.now = when
            self.steps += 1
            if self.steps > self._max_steps:
                raise NoEnd(f"more than {self._max_steps} steps; the virtual time is {self.now:.0f}")
            if task is None:
                what()
            else:
                self._resume(task, what)
            if self.simulator_error is not None:
                raise self.simulator_error
        if until != FOREVER:
            self.now = max(self.now, until)

    def run_while(self, waits: Callable[[], bool], seconds: float) -> None:
        """Go on, so many seconds at a time, while `waits()` is true. Raises NoEnd when nothing is left to do."""
        while waits():
            if not self._heap:
                raise NoEnd("nothing is left to do, and tasks still wait")
            self.run(self.now + seconds)

    # --- for tasks ---

    def current(self) -> Task:
        task = getcurrent()
        if not isinstance(task, Task):
            raise NoTask("only tasks may wait")
        return task

    def sleep(self, seconds: float) -> None:
        task = self.current()
        self._wake_at(self.now + seconds if seconds > 0.0 else self.now, task)
        self._give_up_control(task)

    def wait(self, signal: Signal, seconds: float = FOREVER) -> bool:
        """Wait for a signal. False when it was not set in time."""
        if signal.is_set:
            return True
        task = self.current()
        if seconds != FOREVER:
            self._wake_at(self.now + max(seconds, 0.0), task)
        else:
            task.wake_number += 1
        signal.waiting.append((task, task.wake_number))
        self._give_up_control(task)
        return signal.is_set

    def set(self, signal: Signal, value: Any = None) -> None:
        if signal.is_set:
            return
        signal.is_set = True
        if value is not None:
            signal.value = value
        waiting, signal.waiting = signal.waiting, []
        for task, wake_number in waiting:
            self._push(self.now, task, wake_number)

    def result(self, task: Task, seconds: float = FOREVER) -> Any:
        """Wait for a task and return its result, or raise what ended it."""
        if not self.wait(task.done, seconds):
            raise TimeoutError(task.name)
        if task.failure is not None:
            raise task.failure
        return task.done.value

    # --- owners ---

    def thaw(self, owner: Owner) -> None:
        """Let the tasks continue that came due while their execution environment was frozen."""
        owner.frozen = False
        parked, owner.parked = owner.parked, []
        for task in parked:
            self._wake_at(self.now, task)

    def end(self, task: Task) -> None:
        """End a waiting task, in the hub: it gets `Died`. A task that has not begun never does."""
        if task:
            task.throw(Died)
        elif not task.done.is_set:
            task.failure = Died()
            self.set(task.done)

    # --- within ---

    def _wake_at(self, when: float, task: Task) -> None:
        task.wake_number += 1
        self._push(when, task, task.wake_number)

    def _push(self, when: float, task: Task, wake_number: int) -> None:
        self._number += 1
        heapq.heappush(self._heap, (when if when > self.now else self.now, self._number, task, wake_number))

    def _resume(self, task: Task, wake_number: int) -> None:
        if task.done.is_set or task.wake_number != wake_number:
            return
        owner = task.owner
        if owner is not None and owner.dead:
            self.end(task)
        elif owner is not None and owner.frozen:
            owner.parked.append(task)
        else:
            task.switch()

    def _give_up_control(self, task: Task) -> None:
        self.hub.switch()
        task.wake_number += 1
        if task.owner is not None and task.owner.dead:
            raise Died
