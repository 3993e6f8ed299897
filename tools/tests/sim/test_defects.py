"""The catalogue of planted defects fits the code, and the score says of each how it is found."""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import graphql
import pytest
import yaml

from tools import ROOT
from tools.sim.defects import Change, Defect, DoesNotFit, catalogue
from tools.sim.defects.table import by_group, table
from tools.sim.mutants import FOUND, SURVIVED, verdict_alone
from tools.sim.score import FAILED, NOTHING, SIMULATOR, Score

CATALOGUE = catalogue()
QUICK = {"cart-merged-and-kept", "delivery-without-sequence", "stream-filter-narrowed"}  # in modules, and in a template
BY_TESTS = [defect for defect in CATALOGUE if defect.reason or defect.found_by_test]
BY_TEST = next(defect for defect in CATALOGUE if defect.name == "delivery-price-by-line")


@pytest.mark.parametrize("defect", CATALOGUE, ids=lambda defect: defect.name)
def test_a_defect_fits_and_can_be_read(defect: Defect) -> None:
    for file, text in defect.changed().items():
        assert text != (ROOT / file).read_text()
        if file.endswith(".py"):
            ast.parse(text)
        elif file.endswith(".graphql"):
            assert graphql.parse(text)
        else:
            assert yaml.compose(text)


def test_names_are_unique_and_the_docs_count_the_defects() -> None:
    assert len({defect.name for defect in CATALOGUE}) == len(CATALOGUE)
    counted = Counter(defect.group for defect in CATALOGUE)
    by_test = Counter(defect.group for defect in BY_TESTS)
    rows = [(group, count, count - by_test[group], by_test[group]) for group, count in sorted(counted.items())]
    rows.append(("all", counted.total(), counted.total() - by_test.total(), by_test.total()))
    table = "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
    assert f"|---|---|---|---|\n{table}\n\n" in (ROOT / "docs/simulator.md").read_text()


@pytest.mark.parametrize("defect", BY_TESTS, ids=lambda defect: defect.name)
def test_what_no_run_finds_has_a_reason_and_a_test(defect: Defect) -> None:
    assert defect.reason
    assert "::" in defect.found_by_test


def test_the_named_tests_exist() -> None:
    """That each fails with its defect, and passes without it, the score says."""
    names = sorted({defect.found_by_test for defect in BY_TESTS})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", "", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_defect_whose_text_is_gone_is_an_error() -> None:
    with pytest.raises(DoesNotFit):
        Defect("gone", "", "", (Change("tools/sim/plan.py", "no such text", ""),)).changed()


def test_a_named_test_fails_with_its_defect_only() -> None:
    assert verdict_alone(BY_TEST).result == FOUND
    harmless = Change(BY_TEST.changes[0].file, '"""The price of a delivery: ', '"""The price of a delivery. ')
    assert verdict_alone(replace(BY_TEST, changes=(harmless,))).result == SURVIVED


@pytest.mark.starts_first
def test_planted_defects_are_found(tmp_path: Path) -> None:
    score = tmp_path / "score.json"
    command = ["-m", "tools.sim.score", "--workers", "1", "--seeds", "4", "--stories", "0", "--file", str(score)]
    done = subprocess.run(
        [sys.executable, *command, "--only", ",".join(QUICK)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(score.read_text())["scores"]
    assert {each["name"]: each["found_by"] for each in found} == dict.fromkeys(QUICK, SIMULATOR)
    assert all(each["promise"] and each["seed"] for each in found)


def test_the_tables_count_what_is_found() -> None:
    scores = [
        Score("a", "money", "", SIMULATOR, "M1", seeds_run=3),
        Score("b", "money", "", NOTHING, seeds_run=40),
        Score("c", "money", "", FAILED),
    ]
    assert "| b      | NOT FOUND  | -                 |" in table(scores)
    row = by_group(scores).splitlines()[-1].split("|")
    assert [cell.strip() for cell in row if cell] == ["money", "3", "1", "0", "1", "1", "3", "3"]
