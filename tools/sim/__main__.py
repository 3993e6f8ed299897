"""`make simulate`: people order, pack and deliver through the real handlers while things fail, and every promise is
checked. A broken one is shrunk to a short story with a command that repeats it.

    make simulate                          some runs, about a minute
    make simulate ORDERS=100000            so many orders, with progress, on all cores
    make simulate SEED=17                  one run again, exactly; SEED=17 SEEDS=5 for five seeds from 17 on
    make simulate SEED=17 PEOPLE=... FAULTS=...    what a story prints
    make simulate LIVE=1 SEED=17           the people of a run on the running local cloud
    make simulate FLASH_SALE=1             10,000 buyers of 1,000 units within a minute; ORDERS= and UNITS= for others
    make simulate CRASHES=1                each function dies before and after each of its calls, one run for each
    make simulate ORDERS=100000 REPORT=page.html   writes a page, and its figures beside it as page.json
    make simulate ORDERS=100000 REPORT=page.html ADD=1   goes on with the seeds after those of the page, and adds to it
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tools.project.command import INTERRUPTED, Parser, end
from tools.sim.faults import catalogue as faults
from tools.sim.flash_sale import run_flash_sale
from tools.sim.forks import Runner, with_fixed_hashes
from tools.sim.not_simulated import NotSimulated
from tools.sim.options import positive
from tools.sim.plan import ORDERS, Plan
from tools.sim.processes import RunFailed
from tools.sim.progress import Progress, summary
from tools.sim.report import write_report
from tools.sim.shrinking import shrink
from tools.sim.story import story
from tools.sim.totals import Totals

DEFAULT_SEEDS = 20
STORIES = 3
CRASH_ORDERS, CRASH_SEEDS = 12, 6
BUYERS = 10_000
LIVE_ORDERS = 12
# Options that another one leaves without effect.
IGNORED = {
    "live": ("faults", "always", "trace", "report", "crashes", "flash_sale", "seeds"),
    "flash_sale": ("report", "trace", "without", "people", "faults", "always", "crashes", "seeds"),
    "crashes": ("faults", "always", "trace"),
    "trace": ("seeds", "report"),
}


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    if asked.live:
        from tools.sim.live.command import main as play_live

        return play_live(one_plan(asked, asked.seed or 1, asked.orders or LIVE_ORDERS))
    with_fixed_hashes()
    try:
        return simulate(asked)
    except BrokenPipeError:  # the reader of the output has gone
        raise
    except RunFailed as failed:  # in a run that others depend on
        complain(str(failed))
    except (Exception, NotSimulated):
        complain(traceback.format_exc())
    return 2


def simulate(asked: argparse.Namespace) -> int:
    """The exit status: 1 when a promise broke, 2 when the simulator failed in a run."""
    totals = Totals.load(asked.report.with_suffix(".json")) if asked.add else Totals()
    broken, failed_before = totals.broken.total(), len(totals.failed)
    runner = Runner.of_tree()
    if asked.flash_sale:
        return sell(runner, asked)
    if asked.trace:
        return write_trace(runner, one_plan(asked), asked.trace)
    listed = crashes(runner, asked) if asked.crashes else list(plans(asked, totals.next_seed))
    totals.begin(listed[0].seed, asked.workers, options_of(asked))
    progress = Progress(totals)
    is_complete = False
    try:
        _run_all(runner, listed, asked, progress)
        is_complete = True
    except RunFailed:  # while a run is shrunk
        progress.clear()
        raise
    except KeyboardInterrupt:
        progress.clear()
        print("stopped")
    progress.clear()
    print(summary(totals))
    if asked.report:
        write_report(totals, asked.report)
        print(f"report: {asked.report}")
    if totals.broken.total() > broken:
        return 1
    if len(totals.failed) > failed_before:
        return 2
    return 0 if is_complete else INTERRUPTED


def options_of(asked: argparse.Namespace) -> str:
    """The options of the command that change what a seed does."""
    named = {name: getattr(asked, name) for name in ("people", "faults", "without", "always")}
    listed = [f"{name.upper()}={value}" for name, value in named.items() if value]
    return " ".join([*listed, *(["CRASHES=1"] if asked.crashes else [])])


def complain(why: str) -> None:
    sys.stderr.write(f"simulate: the simulator failed, which is no verdict on the services: {why}\n")


def _run_all(runner: Runner, listed: Sequence[Plan], asked: argparse.Namespace, progress: Progress) -> None:
    stories = 0
    progress.expect(listed)

    def failed(plan: Plan, why: str) -> None:
        progress.totals.add_failed(plan)
        progress.clear()
        complain(f"{plan.command()}:\n{why}")

    for _, result in runner.many(listed, asked.workers, on_failure=failed):
        progress.totals.add(result)
        if progress.show() and asked.report:
            write_report(progress.totals, asked.report)
        if result.violations and stories < STORIES:
            stories += 1
            progress.clear()
            is_short = asked.no_shrink or result.plan.only is not None
            shortest = result if is_short else shrink(result, progress.shrinking(result, runner.one))
            progress.clear()
            print(story(shortest), flush=True)
            if stories == STORIES:
                print("further stories are left out; the counts go on", flush=True)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make simulate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--orders", type=positive, help="ORDERS=: how many orders in all; with SEED= the orders of that run"
    )
    parser.add_argument("--seed", type=positive, help="SEED=: this seed, or the first one")
    parser.add_argument("--seeds", type=positive, help="SEEDS=: how many seeds")
    parser.add_argument("--people", help="PEOPLE=: only these, such as shopper-3,packer-1; none for no people")
    parser.add_argument("--faults", help="FAULTS=: only these occurrences, as a story names them; none for none")
    parser.add_argument("--without", default="", help="WITHOUT=: faults that are off, such as crash-after,event-late")
    parser.add_argument(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        help="WORKERS=: number of processes (default: all cores)",
    )
    parser.add_argument(
        "--always", default="", help="ALWAYS=: occurrences that happen for certain, as a story names them"
    )
    parser.add_argument(
        "--crashes", action="store_true", help="CRASHES=1: one run for each point where a function can die"
    )
    parser.add_argument("--no-shrink", action="store_true", help="NO_SHRINK=1: print the story of the whole run")
    parser.add_argument("--trace", type=Path, help="TRACE=: write each step of the one run of SEED= to this file")
    parser.add_argument(
        "--live", action="store_true", help="LIVE=1: on the running platform, with the faults that can be made there"
    )
    parser.add_argument(
        "--flash-sale", action="store_true", help="FLASH_SALE=1: a crowd wants one product; ORDERS= buyers"
    )
    parser.add_argument(
        "--units", type=positive, help="UNITS=: how many units the flash sale has; a tenth of the buyers"
    )
    parser.add_argument("--report", type=Path, help="REPORT=: write a page in HTML, and its figures beside it")
    parser.add_argument("--add", action="store_true", help="ADD=1: go on after the seeds of the report")
    asked = parser.parse_args(argv)
    if asked.trace and asked.seed is None:
        parser.error("TRACE= needs SEED=")
    if asked.units and not asked.flash_sale:
        parser.error("UNITS= needs FLASH_SALE=1")
    for option, ignored in IGNORED.items():
        if getattr(asked, option):
            for other in ignored:
                if getattr(asked, other):
                    parser.error(f"{option.upper()}= does not take {other.upper()}=")
    if unknown := set(filter(None, asked.without.split(","))) - set(faults.BY_NAME):
        parser.error(
            f"WITHOUT=: no such fault: {', '.join(sorted(unknown))}; there are {', '.join(sorted(faults.BY_NAME))}"
        )
    if asked.add and (asked.seed is not None or asked.crashes):
        parser.error("ADD=1 takes the seeds after those of the report: leave SEED= and CRASHES= out")
    if asked.add and not (asked.report and asked.report.with_suffix(".json").is_file()):
        parser.error("ADD=1 needs REPORT= with a page that was written before")
    return asked


def one_plan(asked: argparse.Namespace, seed: int | None = None, orders: int | None = None) -> Plan:
    def named(text: str | None, nothing: str) -> frozenset[str] | None:
        return None if text is None else frozenset(text.split(",")) - {nothing}

    return Plan(
        seed=asked.seed if seed is None else seed,
        orders=orders or asked.orders or ORDERS,
        without=frozenset(filter(None, asked.without.split(","))),
        only=named(asked.faults, "none"),
        people=named(asked.people, "none"),
        always=frozenset(filter(None, asked.always.split(","))),
    )


def plans(asked: argparse.Namespace, first: int = 1) -> Iterator[Plan]:
    """`first` is the seed to begin with when none is asked for."""
    if asked.seed is not None:
        for seed in range(asked.seed, asked.seed + (asked.seeds or 1)):
            yield one_plan(asked, seed)
        return
    left = asked.orders or (asked.seeds or DEFAULT_SEEDS) * ORDERS
    seed = first
    while left > 0:
        yield one_plan(asked, seed, min(ORDERS, left))
        left -= ORDERS
        seed += 1


def crashes(runner: Runner, asked: argparse.Namespace) -> list[Plan]:
    """A plan for each function and each of its calls, before and after it, with no other fault. Each call is taken from
    the first of some seeds in which it is made."""
    made: dict[tuple[str, str, int], tuple[Plan, str]] = {}
    first = asked.seed or 1
    for seed in range(first, first + (asked.seeds or CRASH_SEEDS)):
        calm = replace(one_plan(asked, seed, asked.orders or CRASH_ORDERS), only=frozenset())
        for call, known in runner.one(calm).first_calls.items():
            made.setdefault(call, (calm, known.name))
    return [
        replace(calm, always=frozenset({f"{fault}|{name}"}))
        for calm, name in made.values()
        for fault in ("crash-before", "crash-after")
    ]


def sell(runner: Runner, asked: argparse.Namespace) -> int:
    """The flash sale, in this process."""
    buyers = asked.orders or BUYERS

    def tell(done: int) -> None:
        sys.stderr.write(f"{done:,} of {buyers:,} buyers have their answer\n")

    sale = run_flash_sale(runner.world, asked.seed or 1, buyers, asked.units or max(1, buyers // 10), tell)
    print("\n".join(sale.lines()))
    return 1 if sale.violations else 0


def write_trace(runner: Runner, plan: Plan, path: Path) -> int:
    """Run the plan here, and write each of its steps."""
    from tools.sim.run import run

    runner.world.lines = []
    try:
        result = run(runner.world, plan)
    finally:
        path.write_text("\n".join(runner.world.lines) + "\n")
    print(f"{len(runner.world.lines):,} steps in {path}; trace {result.trace[:16]}")
    if result.violations:
        print(story(result))
    return 1 if result.violations else 0


if __name__ == "__main__":
    end(main)
