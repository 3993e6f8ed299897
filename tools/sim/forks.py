"""Runs plans in child processes: each begins with the same warm world, so a run depends on its plan alone.

Making a world takes seconds (templates, clients, modules), forking it takes milliseconds.
"""

import gc
import logging
import os
import pickle
import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.sim import aws_seam
from tools.sim.faults import catalogue
from tools.sim.modules import ROOT
from tools.sim.plan import Plan
from tools.sim.run import Result, run
from tools.sim.templates.reading import blueprint
from tools.sim.world import World

HASH_SEED = "0"
WARM_UP_ORDERS = 8


class RunFailed(Exception):
    """The simulator itself failed in a run. The text is its traceback."""


def with_fixed_hashes() -> None:
    """Start this process again if the order of sets differs from process to process."""
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this program


@dataclass
class _Child:
    plan: Plan
    pid: int
    pipe: int
    data: bytes = b""


class Runner:
    """A warm world, and runs in copies of it. `spare` environments of each function are made in advance: each costs
    time once, instead of in each run that needs it."""

    def __init__(self, root: Path = ROOT, spare: int = 1) -> None:
        aws_seam.install()
        logging.getLogger("local.delivery").setLevel(logging.ERROR)  # the trace has it
        # What is compiled once (expressions, schemas, decisions on rights) is compiled before the first fork.
        first = World(blueprint(root))
        run(first, Plan(seed=0, orders=WARM_UP_ORDERS, without=frozenset(catalogue.BY_NAME)))
        self.world = World(blueprint(root))
        aws_seam.use(self.world)
        self.world.functions.warm_up({arn: number + spare for arn, number in first.functions.made().items()})
        gc.collect()
        gc.freeze()

    def one(self, plan: Plan, prepare: Callable[[World], None] | None = None) -> Result:
        """The result of one plan. Raises RunFailed."""
        ((_, result),) = self.many([plan], 1, prepare)
        return result

    def many(
        self, plans: Iterable[Plan], workers: int, prepare: Callable[[World], None] | None = None
    ) -> Iterator[tuple[Plan, Result]]:
        """The results of many plans, in the order in which they end. Raises RunFailed."""
        waiting, running = iter(plans), selectors.DefaultSelector()
        try:
            self._fill(waiting, running, workers, prepare)
            while running.get_map():
                for key, _ in running.select():
                    child: _Child = key.data
                    if chunk := os.read(child.pipe, 1 << 20):
                        child.data += chunk
                        continue
                    running.unregister(child.pipe)
                    os.close(child.pipe)
                    os.waitpid(child.pid, 0)
                    self._fill(waiting, running, workers, prepare)
                    yield child.plan, _received(child)
        finally:
            for key in list(running.get_map().values()):
                os.kill(key.data.pid, signal.SIGKILL)
                os.waitpid(key.data.pid, 0)

    def _fill(
        self,
        waiting: Iterator[Plan],
        running: selectors.BaseSelector,
        workers: int,
        prepare: Callable[[World], None] | None,
    ) -> None:
        while len(running.get_map()) < workers and (plan := next(waiting, None)) is not None:
            child = self._fork(plan, prepare)
            running.register(child.pipe, selectors.EVENT_READ, child)

    def _fork(self, plan: Plan, prepare: Callable[[World], None] | None) -> _Child:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            os.close(writing)
            return _Child(plan, pid, reading)
        code = 1
        try:
            os.close(reading)
            gc.disable()  # the process ends before it would matter
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(_outcome(self.world, plan, prepare), pipe)
            code = 0
        finally:
            os._exit(code)


def _outcome(world: World, plan: Plan, prepare: Callable[[World], None] | None) -> Result | str:
    import traceback

    try:
        if prepare is not None:
            prepare(world)
        return run(world, plan)
    except BaseException:
        return traceback.format_exc()


def _received(child: _Child) -> Result:
    if not child.data:
        raise RunFailed(f"{child.plan.command()}: the process ended without a result")
    found = pickle.loads(child.data)  # noqa: S301 - from our own child
    if isinstance(found, str):
        raise RunFailed(f"{child.plan.command()}:\n{found}")
    return found  # type: ignore[no-any-return]
