"""Jobs in forks of this process, so many at a time."""

import os
import pickle
import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tools.sim.forks import RunFailed

Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass
class _Child(Generic[Job]):
    job: Job
    pid: int
    pipe: int
    data: bytes = b""


def each(jobs: Iterable[Job], work: Callable[[Job], Answer], workers: int) -> Iterator[tuple[Job, Answer]]:
    """The jobs with their answers, in the order in which they end. Raises RunFailed when a process ends without one."""
    waiting, running = list(reversed(list(jobs))), selectors.DefaultSelector()
    try:
        while True:
            while waiting and len(running.get_map()) < workers:
                child = _start(waiting.pop(), work)
                running.register(child.pipe, selectors.EVENT_READ, child)
            if not running.get_map():
                return
            for key, _ in running.select():
                done: _Child[Job] = key.data
                if chunk := os.read(done.pipe, 1 << 20):
                    done.data += chunk
                    continue
                running.unregister(done.pipe)
                os.close(done.pipe)
                os.waitpid(done.pid, 0)
                if not done.data:
                    raise RunFailed(f"{done.job}: the process ended without an answer")
                yield done.job, pickle.loads(done.data)  # noqa: S301 - from our own child
    finally:
        for key in list(running.get_map().values()):
            os.killpg(key.data.pid, signal.SIGKILL)
            os.waitpid(key.data.pid, 0)


def _start(job: Job, work: Callable[[Job], Any]) -> _Child[Job]:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _Child(job, pid, reading)
    code = 1
    try:
        os.setpgid(0, 0)  # with the processes that it starts, so that they end together
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(job), pipe)
        code = 0
    finally:
        os._exit(code)
