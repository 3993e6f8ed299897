"""Jobs in forks of this process, so many at a time. A fork begins with what this process has made."""

import gc
import os
import pickle
import selectors
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")
NO_ANSWER = "the process ended without an answer"


class RunFailed(Exception):
    """The simulator itself failed in a job. The text tells how."""


@dataclass
class _Child(Generic[Job]):
    job: Job
    pid: int
    pipe: int
    data: bytes = b""


def each(
    jobs: Iterable[Job],
    work: Callable[[Job], Answer],
    workers: int,
    name: Callable[[Job], str] = str,
    *,
    has_children: bool = False,
    lost: Callable[[Job], Answer] | None = None,
) -> Iterator[tuple[Job, Answer]]:
    """The jobs with their answers, in the order in which they end.

    `lost`: the answer of a job whose process ended without one; without it, RunFailed is raised.
    `has_children`: the jobs start processes of their own, which end with them when the caller stops early.
    """
    waiting, running = iter(jobs), selectors.DefaultSelector()

    def fill() -> None:
        while len(running.get_map()) < workers:
            for job in waiting:
                child = _start(job, work, has_children)
                running.register(child.pipe, selectors.EVENT_READ, child)
                break
            else:
                return

    try:
        fill()
        while running.get_map():
            for key, _ in running.select():
                done: _Child[Job] = key.data
                if chunk := os.read(done.pipe, 1 << 20):
                    done.data += chunk
                    continue
                running.unregister(done.pipe)
                os.close(done.pipe)
                os.waitpid(done.pid, 0)
                if not done.data and lost is None:
                    raise RunFailed(f"{name(done.job)}: {NO_ANSWER}")
                fill()
                if done.data:
                    yield done.job, pickle.loads(done.data)  # noqa: S301 - from our own child
                elif lost is not None:
                    yield done.job, lost(done.job)
    finally:
        for key in list(running.get_map().values()):
            (os.killpg if has_children else os.kill)(key.data.pid, signal.SIGKILL)
            os.waitpid(key.data.pid, 0)


def _start(job: Job, work: Callable[[Job], Any], has_children: bool) -> _Child[Job]:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(writing)
        if has_children:
            with suppress(OSError):  # the child did it first, or has ended
                os.setpgid(pid, pid)
        return _Child(job, pid, reading)
    code = 1
    try:
        if has_children:
            os.setpgid(0, 0)
        os.close(reading)
        gc.disable()  # the process ends before it would matter
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(job), pipe)
        code = 0
    except KeyboardInterrupt:  # the parent gets it too
        pass
    except BaseException:  # such as an answer that cannot be pickled
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
