"""`make simulate-score`: plants one defect after another, and says after how many seeds a promise breaks."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.project.command import Parser
from tools.sim.defects import Defect, catalogue
from tools.sim.forks import RunFailed, Runner, with_fixed_hashes
from tools.sim.plan import Plan

SEEDS, ORDERS = 30, 20


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="make simulate-score", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="ONLY=: names of defects, with commas")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="SEEDS=: at most so many for each defect")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    with_fixed_hashes()
    names = set(filter(None, asked.only.split(",")))
    chosen = [defect for defect in catalogue() if not names or defect.name in names]
    if unknown := names - {defect.name for defect in chosen}:
        parser.error(f"no such defect: {', '.join(sorted(unknown))}")
    if asked.one:
        return 0 if found(chosen[0], asked.seeds) else 1
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        count = sum(pool.map(lambda defect: _in_a_process(defect, asked.seeds), chosen))
    print(f"score: {count} of {len(chosen)} planted defects found")
    return 0 if count == len(chosen) else 1


def found(defect: Defect, seeds: int) -> bool:
    """Whether a promise breaks within so many seeds. Changes what this process loads."""
    defect.plant()
    try:
        runner = Runner()
        for seed in range(1, seeds + 1):
            if violations := runner.one(Plan(seed, ORDERS)).violations:
                print(
                    f"{defect.name}: found in seed {seed} by {violations[0].name}\n  {defect.about}\n  {violations[0]}"
                )
                return True
    except RunFailed as failed:
        print(f"{defect.name}: the simulator failed, which finds nothing: {failed}")
        return False
    print(f"{defect.name}: NOT found in {seeds} seeds\n  {defect.about}")
    return False


def _in_a_process(defect: Defect, seeds: int) -> bool:
    command = [sys.executable, "-m", "tools.sim.score", "--one", "--only", defect.name, "--seeds", str(seeds)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    print(done.stdout + done.stderr, end="", flush=True)
    return done.returncode == 0 and f"{defect.name}: found" in done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
