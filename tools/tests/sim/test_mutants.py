"""`make mutants`: a defect that its test finds, one that survives, and one without a verdict."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tools import ROOT
from tools.sim.defects import Change, Defect, catalogue
from tools.sim.mutants import FOUND, NO_VERDICT, SURVIVED, Verdict, main, score, verdicts

CATALOGUE = {defect.name: defect for defect in catalogue()}
QUICK = CATALOGUE["delivery-price-by-line"]
FILE = QUICK.changes[0].file
DOCSTRING = '"""The price of a delivery: '
HARMLESS = replace(QUICK, name="harmless", changes=(Change(FILE, DOCSTRING, DOCSTRING.replace(":", ".")),))
WITHOUT_A_TEST = replace(
    QUICK, name="no-such-test", found_by_test=f"{QUICK.found_by_test.partition('::')[0]}::test_gone"
)
GONE = replace(QUICK, name="gone", changes=(Change(FILE, "no such text", ""),))


def test_the_command_finds_a_defect_and_leaves_the_checkout_alone() -> None:
    before = (ROOT / FILE).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "tools.sim.mutants", "--only", QUICK.name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"[1/1] {QUICK.name}: found by {QUICK.found_by_test}" in done.stdout
    assert "mutants: 1 of 1 found" in done.stdout
    assert (ROOT / FILE).read_bytes() == before


def test_a_defect_is_taken_out_before_the_next_one() -> None:
    found = list(verdicts([QUICK, HARMLESS, GONE, WITHOUT_A_TEST], 1))
    results = {each.defect.name: each.result for each in found}
    assert results == {QUICK.name: FOUND, "harmless": SURVIVED, "gone": NO_VERDICT, "no-such-test": NO_VERDICT}
    why = {each.defect.name: each.why for each in found}
    assert "its text occurs 0 times" in why["gone"]
    assert "the test fails without the defect" in why["no-such-test"]


@pytest.mark.parametrize(("result", "code"), [(FOUND, 0), (SURVIVED, 1), (NO_VERDICT, 1)])
def test_the_exit_code_tells_whether_every_defect_is_found(
    capsys: pytest.CaptureFixture[str], result: str, code: int
) -> None:
    assert score(iter([Verdict(QUICK, FOUND), Verdict(HARMLESS, result)]), 2) == code
    printed = capsys.readouterr().out
    assert f"mutants: {2 - code} of 2 found" in printed
    assert (f"  {result}: harmless" in printed.splitlines()) is bool(code)


def without_a_test() -> Defect:
    return next(defect for defect in CATALOGUE.values() if not defect.found_by_test)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--only", "nonsense"], "no such defect: nonsense"),
        (["--only", without_a_test().name], f"`make simulate-score ONLY={without_a_test().name}` runs it"),
        (["--workers", "0"], "WORKERS must be at least 1"),
    ],
)
def test_wrong_use_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], error: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    printed = capsys.readouterr().err
    assert (end.value.code, printed.count("\n")) == (2, 1)
    assert error in printed


def test_help_lists_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "ONLY=" in capsys.readouterr().out
