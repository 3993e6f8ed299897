"""`make mutants`: plants each defect of the catalogue that names a test, and runs that test, which must fail.

First all these tests run without a defect: one that fails then gives no verdict. Each worker has one copy of the tree,
in which it plants a defect, runs its test, and takes the defect out again. No file of the checkout is changed.

    make mutants                        all defects that name a test
    make mutants ONLY=capture-twice     these, with commas
    make mutants WORKERS=1              on one core; two by default
"""

import argparse
import contextlib
import itertools
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tools.project.command import Parser, end
from tools.sim.defects import Defect, DoesNotFit, catalogue
from tools.sim.defects.planting import copy_of_the_tree

WORKERS = 2
TEST_SECONDS = 300  # a test that does not end
TOO_LONG = -1
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
PASSED, FAILED = 0, 1  # pytest's exit codes; others are errors of pytest, or of the test's name
FOUND, SURVIVED, NO_VERDICT = "found", "SURVIVED", "no verdict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test says about the defect: FOUND, SURVIVED or NO_VERDICT, and why."""

    defect: Defect
    result: str
    why: str = ""
    seconds: float = 0.0


class Copy:
    """A copy of the tree that is changed and restored."""

    _seconds = itertools.count(1)

    def __init__(self, root: Path) -> None:
        self._root = root

    def test(self, *tests: str) -> tuple[int, str]:
        """pytest's exit code, or TOO_LONG, and its output."""
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        try:
            done = subprocess.run(
                [sys.executable, *PYTEST, *tests],
                cwd=self._root,
                env=variables,
                capture_output=True,
                check=False,
                text=True,
                timeout=TEST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return TOO_LONG, f"no end within {TEST_SECONDS} s"
        return done.returncode, f"{done.stdout[-2000:]}{done.stderr[-500:]}"

    @contextlib.contextmanager
    def planted(self, texts: Mapping[str, str]) -> Iterator[None]:
        """These files have these texts."""
        before = {file: (self._root / file).read_text() for file in texts}
        self._write(texts)
        try:
            yield
        finally:
            self._write(before)

    def _write(self, texts: Mapping[str, str]) -> None:
        """Each time with another time of change, by which Python knows that its bytecode is of another text."""
        for file, text in texts.items():
            (self._root / file).write_text(text)
            second = next(self._seconds)
            os.utime(self._root / file, (second, second))


def verdict(copy: Copy, defect: Defect, failing: Mapping[str, str]) -> Verdict:
    """Plant the defect and run its test. `failing` are the tests that fail without a defect, and their output."""
    if why := failing.get(defect.found_by_test):
        return Verdict(defect, NO_VERDICT, f"the test fails without the defect:\n{why}")
    began = time.monotonic()
    try:
        with copy.planted(defect.changed()):
            code, output = copy.test(defect.found_by_test)
    except DoesNotFit as error:
        return Verdict(defect, NO_VERDICT, str(error))
    seconds = time.monotonic() - began
    if code == FAILED:
        return Verdict(defect, FOUND, seconds=seconds)
    if code == PASSED:
        return Verdict(defect, SURVIVED, f"{defect.found_by_test} passes", seconds)
    if code == TOO_LONG:
        return Verdict(defect, SURVIVED, f"{defect.found_by_test}: {output}", seconds)
    return Verdict(defect, NO_VERDICT, f"pytest ends with {code}:\n{output}", seconds)


def verdict_alone(defect: Defect) -> Verdict:
    """The verdict on one defect, with a copy of its own."""
    with copy_of_the_tree() as root:
        copy = Copy(root)
        return verdict(copy, defect, failing_tests(copy, [defect.found_by_test]))


def failing_tests(copy: Copy, tests: Sequence[str]) -> dict[str, str]:
    """The tests that fail in a copy without a defect, with their output. They run together, and alone if one fails."""
    code, _ = copy.test(*tests)
    if code == PASSED:
        return {}
    alone = {test: copy.test(test) for test in tests}
    return {test: output for test, (code, output) in alone.items() if code != PASSED}


def verdicts(defects: Sequence[Defect], workers: int) -> Iterator[Verdict]:
    """A verdict for each defect, in the order in which they are known."""
    with contextlib.ExitStack() as stack:
        free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for _ in range(workers):
            free.put(Copy(stack.enter_context(copy_of_the_tree())))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)

        @contextlib.contextmanager
        def copy() -> Iterator[Copy]:
            taken = free.get()
            try:
                yield taken
            finally:
                free.put(taken)

        def check(tests: Sequence[str]) -> dict[str, str]:
            with copy() as taken:
                return failing_tests(taken, tests)

        def judge(defect: Defect) -> Verdict:
            with copy() as taken:
                return verdict(taken, defect, failing)

        tests = sorted({defect.found_by_test for defect in defects})
        parts = [part for part in (tests[number::workers] for number in range(workers)) if part]
        failing = {test: output for found in pool.map(check, parts) for test, output in found.items()}
        for future in as_completed([pool.submit(judge, defect) for defect in defects]):
            yield future.result()


def score(found: Iterable[Verdict], defects: int) -> int:
    """Print a line for each verdict and the score. The exit code: 1 unless every defect is found."""
    began = time.monotonic()
    results: list[Verdict] = []
    for each in found:
        results.append(each)
        print(f"[{len(results)}/{defects}] {text_of(each)}", flush=True)
    missing = [each for each in results if each.result != FOUND]
    print(f"\nmutants: {len(results) - len(missing)} of {len(results)} found, in {time.monotonic() - began:,.0f} s")
    for each in missing:
        print(f"  {each.result}: {each.defect.name}")
    return 1 if missing else 0


def text_of(each: Verdict) -> str:
    name, seconds = each.defect.name, f"({each.seconds:.0f} s)"
    if each.result == FOUND:
        return f"{name}: found by {each.defect.found_by_test} {seconds}"
    lines = [f"{name}: {each.result} {seconds}", f"planted: {each.defect.about}", *each.why.splitlines()]
    return "\n  ".join(lines)


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="make mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="ONLY=: names of defects, with commas")
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"WORKERS=: tests at a time; {WORKERS} by default")
    asked = parser.parse_args(argv)
    if asked.workers < 1:
        parser.error("WORKERS must be at least 1")
    names = set(filter(None, asked.only.split(",")))
    known = {defect.name: defect for defect in catalogue()}
    if unknown := names - set(known):
        parser.error(f"no such defect: {', '.join(sorted(unknown))}")
    if without := [name for name in sorted(names) if not known[name].found_by_test]:
        parser.error(
            f"no test is named for {', '.join(without)}; `make simulate-score ONLY={','.join(without)}` runs it"
        )
    chosen = [defect for defect in known.values() if defect.found_by_test and (not names or defect.name in names)]
    print(f"{len(chosen)} defects; first their tests without a defect", flush=True)
    return score(verdicts(chosen, min(asked.workers, len(chosen))), len(chosen))


if __name__ == "__main__":
    end(main)
