"""Runs plans in child processes: each begins with the same warm world, so a run depends on its plan alone.

Making a world takes seconds (templates, clients, modules), forking it takes milliseconds.
"""

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tools.sim import aws_seam
from tools.sim.faults import catalogue
from tools.sim.modules import ROOT
from tools.sim.plan import Plan
from tools.sim.processes import NO_ANSWER, RunFailed, each
from tools.sim.run import Result, run
from tools.sim.templates.blueprint import Blueprint
from tools.sim.templates.reading import blueprint
from tools.sim.world import World

HASH_SEED = "0"
WARM_UP_ORDERS = 8
SPARE = 1
MOST_ENVIRONMENTS = 20
"""At most so many environments of one function are loaded in advance. Only a flash sale needs more."""


def with_fixed_hashes() -> None:
    """Start this process again if the order of sets differs from process to process."""
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this program


def environments_of_a_run(made: Blueprint) -> dict[str, int]:
    """How many environments of each function a run needs, from a small run. It also compiles what a process compiles
    once: expressions, schemas, decisions on rights."""
    aws_seam.install()
    logging.getLogger("local.delivery").setLevel(logging.ERROR)  # what delivery logs is in the trace, too
    world = World(made)
    run(world, Plan(seed=0, orders=WARM_UP_ORDERS, without=frozenset(catalogue.BY_NAME)))
    return {arn: number + SPARE for arn, number in world.functions.made().items()}


def warm_world(made: Blueprint, environments: Mapping[str, int]) -> World:
    """A new world, with these environments loaded."""
    world = World(made)
    aws_seam.use(world)
    world.functions.warm_up(environments)
    return world


def freeze_for_forks() -> None:
    """Exclude all present objects from Python's garbage collection, which would copy the memory that forks share."""
    gc.collect()
    gc.freeze()


class Runner:
    """Runs in copies of a warm world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @classmethod
    def of_tree(cls, root: Path = ROOT) -> "Runner":
        made = blueprint(root)
        runner = cls(warm_world(made, environments_of_a_run(made)))
        freeze_for_forks()
        return runner

    def one(self, plan: Plan, prepare: Callable[[World], None] | None = None) -> Result:
        """The result of one plan. Raises RunFailed."""
        ((_, result),) = self.many([plan], 1, prepare)
        return result

    def many(
        self,
        plans: Iterable[Plan],
        workers: int,
        prepare: Callable[[World], None] | None = None,
        on_failure: Callable[[Plan, str], None] | None = None,
    ) -> Iterator[tuple[Plan, Result]]:
        """The results of many plans, in the order in which they end.

        `on_failure` is called for a plan in which the simulator failed, and the others go on. Without it, RunFailed is
        raised.
        """

        def play(plan: Plan) -> Result | str:
            return _outcome(self.world, plan, prepare)

        for plan, found in each(plans, play, workers, Plan.command, lost=lambda _: NO_ANSWER):
            if isinstance(found, str):
                if on_failure is None:
                    raise RunFailed(f"{plan.command()}:\n{found}")
                on_failure(plan, found)
                continue
            # The next runs need about as many, and get them with the fork.
            self.world.functions.load_ahead({arn: min(n, MOST_ENVIRONMENTS) for arn, n in found.environments.items()})
            yield plan, found


def _outcome(world: World, plan: Plan, prepare: Callable[[World], None] | None) -> Result | str:
    import traceback

    try:
        if prepare is not None:
            prepare(world)
        return run(world, plan)
    except BaseException:
        return traceback.format_exc()
