"""Locks and thread pools of an execution environment: tasks of the scheduler in the place of threads."""

import concurrent.futures
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Generic, TypeVar

from tools.sim.not_simulated import NotSimulated
from tools.sim.scheduler import FOREVER, Task
from tools.sim.stand_ins import Place, like

T = TypeVar("T")


class Lock:
    """A lock between the tasks of an environment."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        ends = self._place.scheduler.now + timeout if timeout >= 0 else FOREVER
        while self._held:
            if not blocking or self._place.scheduler.now >= ends:
                return False
            self._place.scheduler.sleep(0.001)
        self._held = True
        return True

    def release(self) -> None:
        self._held = False

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Future(Generic[T]):
    """What a task of a pool will return."""

    def __init__(self, place: Place, task: Task) -> None:
        self._place, self.task = place, task

    def done(self) -> bool:
        return self.task.done.is_set

    def result(self, timeout: float | None = None) -> Any:
        return self._place.scheduler.result(self.task, FOREVER if timeout is None else timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._place.scheduler.wait(self.task.done, FOREVER if timeout is None else timeout)
        return self.task.failure


class Threads:
    """Tasks of the environment in the place of threads. The number of workers is not limited."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._futures: list[Future[Any]] = []

    def submit(self, function: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future(self._place, self._place.start_thread(lambda: function(*values, **named)))
        self._futures.append(future)
        return future

    def map(self, function: Callable[..., Any], *values: Iterable[Any]) -> Iterable[Any]:
        return [future.result() for future in [self.submit(function, *each) for each in zip(*values, strict=False)]]

    def shutdown(self, wait: bool = True, **_: Any) -> None:
        for future in self._futures if wait else ():
            self._place.scheduler.wait(future.task.done)

    def __enter__(self) -> "Threads":
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def futures_of(place: Place) -> ModuleType:
    def wait(futures: Iterable[Future[Any]], timeout: float | None = None, return_when: str = "ALL_COMPLETED") -> Any:
        if return_when != "ALL_COMPLETED":
            raise NotSimulated(f"concurrent.futures.wait(return_when={return_when!r}) is not simulated")
        listed = list(futures)
        ends = FOREVER if timeout is None else place.scheduler.now + timeout
        for future in listed:
            place.scheduler.wait(future.task.done, max(0.0, ends - place.scheduler.now))
        return {each for each in listed if each.done()}, {each for each in listed if not each.done()}

    def executor(*_: Any, **__: Any) -> Threads:
        return Threads(place)

    return like(concurrent.futures, ThreadPoolExecutor=executor, Future=Future, wait=wait)
