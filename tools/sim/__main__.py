"""`make simulate`: people order, pack and deliver through the real handlers while things fail, and every promise is
checked. A broken one is shrunk to a short story with a command that repeats it.

    make simulate                          some runs, about a minute
    make simulate ORDERS=100000            so many orders, with progress, on all cores
    make simulate SEED=17                  one run again, exactly; SEED=17 SEEDS=5 for five seeds from 17 on
    make simulate SEED=17 PEOPLE=... FAULTS=...    what a story prints
    make simulate CRASHES=1                each function dies before and after each of its calls, one run for each
"""

import argparse
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tools.project.command import Parser
from tools.sim.forks import RunFailed, Runner, with_fixed_hashes
from tools.sim.plan import ORDERS, Plan
from tools.sim.run import Result
from tools.sim.shrinking import shrink
from tools.sim.story import story

DEFAULT_SEEDS = 20
STORIES = 3
LINE_SECONDS = 10.0
CRASH_ORDERS = 12
SPARE, MANY_RUNS = 3, 100


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    with_fixed_hashes()
    runner = Runner(spare=SPARE if len(list(plans(asked))) > MANY_RUNS else 1)
    if asked.trace:
        return write_trace(runner, one_plan(asked), asked.trace)
    progress = Progress()
    stories = 0
    try:
        listed = crashes(runner, asked) if asked.crashes else list(plans(asked))
        progress.expect(listed)
        for _, result in runner.many(listed, asked.workers):
            progress.add(result)
            if result.violations and stories < STORIES:
                stories += 1
                progress.clear()
                shortest = result if asked.no_shrink or result.plan.only is not None else shrink(result, runner.one)
                print(story(shortest), flush=True)
                if stories == STORIES:
                    print("further stories are left out; the counts go on", flush=True)
    except RunFailed as failed:
        progress.clear()
        sys.stderr.write(f"simulate: the simulator failed, which is no verdict on the services: {failed}\n")
        return 2
    except KeyboardInterrupt:
        progress.clear()
        print("stopped")
    progress.clear()
    print(progress.summary())
    return 1 if progress.violations else 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make simulate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, help="ORDERS=: how many orders in all; with SEED= the orders of that run")
    parser.add_argument("--seed", type=int, help="SEED=: this seed, or the first one")
    parser.add_argument("--seeds", type=int, help="SEEDS=: how many seeds")
    parser.add_argument("--people", help="PEOPLE=: only these, such as shopper-3,packer-1; none for no people")
    parser.add_argument("--faults", help="FAULTS=: only these occurrences, as a story names them; none for none")
    parser.add_argument("--without", default="", help="WITHOUT=: faults that are off, such as crash-after,event-late")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="WORKERS=: processes; all cores")
    parser.add_argument(
        "--always", default="", help="ALWAYS=: occurrences that happen for certain, as a story names them"
    )
    parser.add_argument(
        "--crashes", action="store_true", help="CRASHES=1: one run for each point where a function can die"
    )
    parser.add_argument("--no-shrink", action="store_true", help="NO_SHRINK=1: print the story of the whole run")
    parser.add_argument("--trace", type=Path, help="TRACE=: write each step of the one run of SEED= to this file")
    asked = parser.parse_args(argv)
    if asked.trace and asked.seed is None:
        parser.error("TRACE= needs SEED=")
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


def plans(asked: argparse.Namespace) -> Iterator[Plan]:
    if asked.seed is not None:
        for seed in range(asked.seed, asked.seed + (asked.seeds or 1)):
            yield one_plan(asked, seed)
        return
    left = asked.orders or (asked.seeds or DEFAULT_SEEDS) * ORDERS
    seed = 0
    while left > 0:
        seed += 1
        yield one_plan(asked, seed, min(ORDERS, left))
        left -= ORDERS


def crashes(runner: Runner, asked: argparse.Namespace) -> list[Plan]:
    """A plan for each function and each of its calls, before and after it, with no other fault."""
    calm = replace(one_plan(asked, asked.seed or 1, asked.orders or CRASH_ORDERS), only=frozenset())
    calls = runner.one(calm).first_calls
    return [
        replace(calm, always=frozenset({f"{fault}|{name}"}))
        for name in sorted(calls.values())
        for fault in ("crash-before", "crash-after")
    ]


class Progress:
    """Counts results, and shows how it goes: a line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self.total = 1
        self.orders = self.runs = self.invocations = self.calls = self.accepted = 0
        self.violations: Counter[str] = Counter()
        self.fired: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.dead_letters = 0
        self.cells = 0
        self._seen: set[tuple[str, str, str]] = set()
        self._began = self._shown = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def expect(self, listed: Sequence[Plan]) -> None:
        self.total = sum(plan.orders for plan in listed)
        self._began = self._shown = time.monotonic()

    def add(self, result: Result) -> None:
        self.runs += 1
        self.orders += result.plan.orders
        self.accepted += result.accepted
        self.invocations += result.invocations
        self.calls += result.calls
        self.violations.update({violation.name for violation in result.violations})
        self.fired.update(fired.fault for fired in result.fired)
        self.statuses.update(result.statuses)
        self.dead_letters += result.dead_letters[0]
        self._seen.update(result.cells)
        now = time.monotonic()
        if self._is_terminal:
            done = int(30 * self.orders / self.total)
            sys.stderr.write(f"\r[{'#' * done}{'.' * (30 - done)}] {self._line()}\033[K")
            sys.stderr.flush()
        elif now - self._shown >= LINE_SECONDS:
            self._shown = now
            sys.stderr.write(f"{self._line()}\n")

    def _rate(self) -> float:
        return 60.0 * self.orders / max(time.monotonic() - self._began, 0.001)

    def _line(self) -> str:
        broken = f", {self.violations.total()} runs broke a promise" if self.violations else ""
        share = 100 * self.orders // self.total
        return f"{self.orders:,} of {self.total:,} orders ({share} %), {self._rate():,.0f} a minute{broken}"

    def clear(self) -> None:
        if self._is_terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def summary(self) -> str:
        seconds = time.monotonic() - self._began
        ends = ", ".join(f"{status} {count:,}" for status, count in self.statuses.most_common())
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = children.ru_utime + children.ru_stime
        micros = 1e6 * used / max(self.invocations, 1)
        broken = ", ".join(f"{name} {count}" for name, count in self.violations.most_common())
        return "\n".join(
            [
                f"{self.orders:,} orders in {self.runs:,} runs, {seconds:,.0f} s: {self._rate():,.0f} orders a minute",
                f"{self.accepted:,} accepted; they ended as: {ends}",
                f"{self.invocations:,} invocations, {self.calls:,} calls; {used:,.0f} s of processor time, "
                f"{micros:,.0f} us for each invocation",
                f"{self.fired.total():,} faults of {len(self.fired)} kinds in {len(self._seen):,} places; "
                f"{self.dead_letters:,} dead letters before redrive",
                f"promises broken: {broken or 'none'}",
            ]
        )


def write_trace(runner: Runner, plan: Plan, path: Path) -> int:
    """Run the plan here, and write each of its steps."""
    from tools.sim.run import run

    runner.world.lines = []
    result = run(runner.world, plan)
    path.write_text("\n".join(runner.world.lines) + "\n")
    print(f"{len(runner.world.lines):,} steps in {path}; trace {result.trace[:16]}")
    if result.violations:
        print(story(result))
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
