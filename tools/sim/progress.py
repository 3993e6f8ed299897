"""How many runs go: a line that changes on a terminal, a line now and then elsewhere, and a summary."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from tools.sim.fault_coverage import Coverage
from tools.sim.plan import Plan
from tools.sim.run import Result
from tools.sim.shrinking import MOST_RUNS
from tools.sim.totals import Totals

LINE_SECONDS = 10.0


class Progress:
    """Shows the runs of one command. `totals` may have those of earlier commands too."""

    def __init__(self, totals: Totals) -> None:
        self.totals = totals
        self._wanted = 1
        self._before = totals.orders
        self._began = self._shown = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def expect(self, listed: Sequence[Plan]) -> None:
        self._wanted = sum(plan.orders for plan in listed)
        self._began = self._shown = time.monotonic()

    def show(self) -> bool:
        """After each run. True when a line was due."""
        self.totals.parts[-1].seconds = time.monotonic() - self._began
        is_due = time.monotonic() - self._shown >= LINE_SECONDS
        if is_due:
            self._shown = time.monotonic()
        if self._is_terminal:
            done = int(30 * self._done / self._wanted)
            sys.stderr.write(f"\r[{'#' * done}{'.' * (30 - done)}] {self._line()}\033[K")
            sys.stderr.flush()
        elif is_due:
            sys.stderr.write(f"{self._line()}\n")
        return is_due

    @property
    def _done(self) -> int:
        return self.totals.orders - self._before

    def _line(self) -> str:
        broken = f", {self.totals.broken.total()} times a promise broke" if self.totals.broken else ""
        share = 100 * self._done // self._wanted
        rate = 60.0 * self._done / max(time.monotonic() - self._began, 0.001)
        return f"{self._done:,} of {self._wanted:,} orders ({share} %), {rate:,.0f} a minute{broken}"

    def shrinking(self, result: Result, attempt: Callable[[Plan], Result]) -> Callable[[Plan], Result]:
        """`attempt`, counted: to find the shortest story takes minutes, in which no other run starts."""
        names = ", ".join(sorted({violation.name for violation in result.violations}))
        runs, started = 0, time.monotonic()

        def counted(plan: Plan) -> Result:
            nonlocal runs
            runs += 1
            if self._is_terminal or time.monotonic() - self._shown >= LINE_SECONDS or runs == 1:
                self._shown = time.monotonic()
                start, end = ("\r", "\033[K") if self._is_terminal else ("", "\n")
                seconds = time.monotonic() - started
                sys.stderr.write(
                    f"{start}seed {result.plan.seed} breaks {names}; the shortest story: run {runs} of at most "
                    f"{MOST_RUNS}, {seconds:.0f} s; NO_SHRINK=1 leaves this out{end}"
                )
                sys.stderr.flush()
            return attempt(plan)

        return counted

    def clear(self) -> None:
        if self._is_terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


def summary(totals: Totals) -> str:
    ends = ", ".join(f"{status} {count:,}" for status, count in totals.statuses.most_common())
    micros = 1e6 * totals.processor_seconds / max(totals.invocations, 1)
    broken = ", ".join(f"{name} {count}" for name, count in totals.broken.most_common())
    coverage = Coverage.of(totals)
    return "\n".join(
        [
            f"{totals.orders:,} orders in {totals.runs:,} runs, {totals.seconds:,.0f} s: "
            f"{totals.rate:,.0f} orders a minute",
            f"{totals.accepted:,} accepted; they ended as: {ends}",
            f"{_counted(totals.channels)}; returns: {_counted(totals.returns) or 'none'}",
            f"{totals.invocations:,} invocations, {totals.calls:,} calls; {totals.processor_seconds:,.0f} s of "
            f"processor time, {micros:,.0f} us for each invocation",
            f"{totals.fired.total():,} faults of {len(totals.fired)} kinds; {totals.dead_letters:,} dead letters "
            f"before redrive, {totals.dead_letters_left:,} after it",
            f"coverage: {coverage.happened:,} of {coverage.possible:,} combinations of function, call and fault",
            *([f"runs in which the simulator failed: {len(totals.failed)}"] if totals.failed else []),
            f"promises broken: {broken or 'none'}",
        ]
    )
