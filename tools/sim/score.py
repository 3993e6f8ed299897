"""`make simulate-score`: plants one defect after another, and says after how many seeds a promise breaks.

Each defect gets a fork of one warm process and runs of few orders, until a promise breaks or the seeds are used up. A
platform that does not start, and a run that ends with an error, are found too: the same run without the defect must
come to its end. A defect with a named test counts as found by the test when the test passes without the defect and
fails with it. Beside the defects, the platform without one plays the first 20 of the seeds, unless ONLY= names defects:
it must break nothing.

    make simulate-score                        all defects; the table goes to .local/sim/score.json too
    make simulate-score ONLY=request-etag      these, with commas
    make simulate-score SEEDS=60 STORIES=0     more seeds for each, and no stories, which take half of the time
    make simulate-score DEFECTS=mine.toml,other.patch
                            the defects of these files instead, which have the form of the catalogue or of `git diff`;
                            their table goes to .local/sim/score-of-files.json
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tools.project.command import Parser, end
from tools.sim.defects import Defect, DoesNotFit, catalogue, from_files
from tools.sim.defects.planting import Planting
from tools.sim.defects.table import by_group, table
from tools.sim.forks import with_fixed_hashes
from tools.sim.mutants import FOUND, SURVIVED, verdict_alone
from tools.sim.options import positive
from tools.sim.plan import Plan
from tools.sim.processes import NO_ANSWER, RunFailed, each
from tools.sim.report import SCORE
from tools.sim.run import Result
from tools.sim.shrinking import shrink
from tools.sim.story import story
from tools.sim.totals import commit
from tools.sim.world import World

SCORE_OF_FILES = SCORE.with_name("score-of-files.json")
SEEDS = 40
# Few orders at first: most defects show in them.
FEWEST, MORE, MOST = 4, 3, 25
CONTROL_SEEDS = 20
STORY_RUNS = 60
RUN_SECONDS = 300  # a run that does not come to rest
SIMULATOR, TEST, NOTHING, FAILED = "simulator", "test", "nothing", "failed"
# In the place of a promise: the platform does not start; a run ends with an error, or does not end in time.
START, RUN = "START", "RUN"


@dataclass(frozen=True)
class Score:
    """How a defect was found. `found_by` is one of the four above; `test` is the defect's named test."""

    name: str
    group: str
    about: str
    found_by: str = NOTHING
    promise: str = ""
    violation: str = ""
    seed: int = 0
    seeds_run: int = 0
    story: str = ""
    test: str = ""
    reason: str = ""
    seconds: float = 0.0


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="make simulate-score", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="ONLY=: names of defects, with commas")
    parser.add_argument("--seeds", type=positive, default=SEEDS, help="SEEDS=: at most so many for each defect")
    parser.add_argument("--first", type=int, default=1, help="FIRST=: the first seed")
    parser.add_argument(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        help="WORKERS=: number of processes (default: all cores)",
    )
    parser.add_argument("--stories", choices=("0", "1"), default="1", help="STORIES=0: without stories")
    parser.add_argument(
        "--defects", default="", help="DEFECTS=: files .toml, .patch or .diff, with commas, instead of the catalogue"
    )
    parser.add_argument(
        "--file",
        type=Path,
        help=f"where the score is written (default: .local/sim/{SCORE.name}, with DEFECTS= {SCORE_OF_FILES.name})",
    )
    asked = parser.parse_args(argv)
    with_fixed_hashes()
    asked.file = asked.file or (SCORE_OF_FILES if asked.defects else SCORE)
    names = set(filter(None, asked.only.split(",")))
    try:
        known = from_files.read(from_files.paths_of(asked.defects)) if asked.defects else catalogue()
    except from_files.InvalidDefects as error:
        parser.error(str(error))
    chosen = [defect for defect in known if not names or defect.name in names]
    if unknown := names - {defect.name for defect in chosen}:
        parser.error(f"no such defect: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    try:
        scores = _scores(chosen, asked)
    except RunFailed as failed:
        sys.stderr.write(f"simulate-score: the simulator failed, which is no verdict on the defects: {failed}\n")
        return 2
    in_order = {defect.name: number for number, defect in enumerate(chosen)}
    scores.sort(key=lambda score: in_order[score.name])
    asked.file.parent.mkdir(parents=True, exist_ok=True)
    document = {"commit": commit(), "only": asked.only, "scores": [asdict(score) for score in scores]}
    asked.file.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\n{table(scores)}\n\n{by_group(scores)}\n")
    found = sum(score.found_by in (SIMULATOR, TEST) for score in scores)
    by_test = sum(score.found_by == TEST for score in scores)
    print(
        f"score: {found} of {len(scores)} planted defects found, {found - by_test} by the simulator and {by_test} by a "
        f"test, in {time.monotonic() - began:,.0f} s; {asked.file}"
    )
    return 0 if found == len(chosen) else 1


def _scores(chosen: Sequence[Defect], asked: argparse.Namespace) -> list[Score]:
    """The score of each defect. Raises RunFailed when the platform breaks a promise without one."""
    planting = Planting()
    seeds = range(asked.first, asked.first + asked.seeds)

    def work(defect: Defect | None) -> Score:
        began = time.monotonic()
        if defect is None:
            score = _control(planting, seeds[:CONTROL_SEEDS])
        elif defect.found_by_test:
            score = _by_test(defect)
        else:
            score = by_runs(planting, defect, seeds, with_story=asked.stories == "1")
        return replace(score, seconds=time.monotonic() - began)

    def lost(defect: Defect | None) -> Score:
        if defect is None:
            return Score("no defect", "", "", FAILED, violation=NO_ANSWER)
        return Score(defect.name, defect.group, defect.about, FAILED, violation=NO_ANSWER)

    scores: list[Score] = []
    jobs = [*chosen] if asked.only else [None, *chosen]
    for defect, score in each(jobs, work, asked.workers, has_children=True, lost=lost):
        if defect is None:
            if score.found_by != NOTHING:
                what = f"seed {score.seed} breaks {score.promise}" if score.promise else "a run fails"
                raise RunFailed(f"without a defect {what}: {score.violation}")
            print(f"without a defect: {score.seeds_run} seeds break no promise ({score.seconds:.0f} s)", flush=True)
            continue
        scores.append(score)
        print(f"[{len(scores)}/{len(chosen)}] {_text_of(score)}", flush=True)
    return scores


def _control(planting: Planting, seeds: Sequence[int]) -> Score:
    return by_runs(planting, Defect("no defect", "", "", ()), seeds, with_story=False)


def by_runs(planting: Planting, defect: Defect, seeds: Sequence[int], *, with_story: bool) -> Score:
    """How runs find the defect. What goes wrong here is a verdict on the defect, or none: the other defects go on."""
    score = Score(defect.name, defect.group, defect.about)
    number, seed, plan = 0, 0, Plan(0)
    runner = None
    try:
        runner = planting.runner(defect)

        def attempt(plan: Plan) -> Result:
            return runner.one(plan, _limit)

        for number, seed in enumerate(seeds, 1):
            plan = Plan(seed, min(FEWEST + MORE * (number - 1), MOST))
            result = attempt(plan)
            if result.violations:
                found = replace(score, found_by=SIMULATOR, seed=seed, seeds_run=number)
                first = result.violations[0]
                shortest = story(shrink(result, attempt, STORY_RUNS)) if with_story else ""
                return replace(found, promise=first.name, violation=str(first), story=shortest)
    except RunFailed as failed:
        if (problem := _without_the_defect(planting, plan)) or not defect.changes:
            return replace(score, found_by=FAILED, violation=f"{failed}\n{problem}"[-3000:])
        error = _last_line(str(failed))
        no_end = f"no end: the process of the run ended without an answer, after {RUN_SECONDS} s at the latest"
        text = no_end if error == NO_ANSWER else f"the run ends in {error}"
        return replace(score, found_by=SIMULATOR, promise=RUN, violation=text, seed=seed, seeds_run=number)
    except (DoesNotFit, OSError) as failed:
        return replace(score, found_by=FAILED, violation=_words(failed))
    except BaseException as failed:  # NotSimulated is no Exception
        if runner is not None:
            return replace(score, found_by=FAILED, violation=_words(failed)[-3000:])
        text = f"the platform does not start: {_words(failed)}"
        return replace(score, found_by=SIMULATOR, promise=START, violation=text)
    return replace(score, seeds_run=len(seeds))


def _without_the_defect(planting: Planting, plan: Plan) -> str:
    """What the same run does without the defect, unless it comes to its end and keeps all promises."""
    try:
        violations = planting.intact().one(plan, _limit).violations
    except RunFailed as failed:
        return f"without the defect the run fails too: {_last_line(str(failed))}"
    return f"without the defect: {violations[0]}" if violations else ""


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _last_line(text: str) -> str:
    """The error, without its stack trace."""
    return text.strip().rpartition("\n")[2]


def _limit(_: World) -> None:
    """End the process of a run that does not come to rest."""
    signal.alarm(RUN_SECONDS)


def _by_test(defect: Defect) -> Score:
    score = Score(defect.name, defect.group, defect.about, test=defect.found_by_test, reason=defect.reason)
    try:
        verdict = verdict_alone(defect)
    except Exception as failed:  # no verdict on this defect, and the other defects go on
        return replace(score, found_by=FAILED, test="", violation=_words(failed))
    if verdict.result == FOUND:
        return replace(score, found_by=TEST)
    by = NOTHING if verdict.result == SURVIVED else FAILED
    return replace(score, found_by=by, test="", violation=verdict.why)


def _text_of(score: Score) -> str:
    seconds = f"({score.seconds:.0f} s)"
    match score.found_by:
        case "simulator":
            lines = [f"{score.name}: found by {score.promise} in seed {score.seed}, {score.seeds_run} run {seconds}"]
            lines += [f"  planted: {score.about}", *f"{score.story or score.violation}".splitlines()]
        case "test":
            lines = [f"{score.name}: found by {score.test} {seconds}", f"  planted: {score.about}"]
            lines.append(f"  no run shows it: {score.reason}")
        case "nothing":
            how = f": {score.violation}" if score.violation else f" in {score.seeds_run} seeds"
            lines = [f"{score.name}: NOT found{how} {seconds}", f"  planted: {score.about}"]
        case _:
            lines = [f"{score.name}: no verdict {seconds}", *score.violation.splitlines()]
    return "\n  ".join(lines)


if __name__ == "__main__":
    end(main)
