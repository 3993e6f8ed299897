"""Totals of many runs, the coverage that they reached, and the page about them."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tools.sim import report
from tools.sim.__main__ import arguments, plans
from tools.sim.calls import Call
from tools.sim.fault_coverage import Coverage
from tools.sim.progress import summary
from tools.sim.run import Result
from tools.sim.totals import Totals
from tools.tests.sim.results import GET, result

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(autouse=True)
def no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without the score that `make simulate-score` left."""
    monkeypatch.setattr(report, "SCORE", tmp_path / "score.json")


def totals(*results: Result) -> Totals:
    made = Totals()
    made.begin(1, 2)
    for each in results:
        made.add(each)
    return made


def test_the_docs_have_the_page_and_the_figures_of_the_longest_run() -> None:
    kept = Totals.load(DOCS / "simulator_report.json")
    assert (DOCS / "simulator_report.html").read_text() == report.page(kept)
    figures = (
        f"{kept.orders:,} orders asked for, {kept.accepted:,} accepted, {kept.fired.total():,} faults of "
        f"{len(kept.fired)} kinds, {'a promise' if kept.broken else 'no promise'} broken"
    )
    for page in (DOCS.parent / "README.md", DOCS / "simulator.md"):
        assert figures in page.read_text(), page.name


@pytest.mark.parametrize("name", ["0b5f3c1e-0f2a-4d7e-9a51-3f0e6f1c2d4b", sha256(b"a payment token").hexdigest()])
def test_calls_that_differ_in_an_id_count_as_one(name: str) -> None:
    call = Call("http", "x", "payment-3p", "GET", f"/prod/payments/{name}", None)
    assert call.pattern == "payment-3p GET /prod/payments/{id}"


def test_results_add_up() -> None:
    found = totals(result(1), result(2, "K1"))
    assert (found.orders, found.accepted, found.dead_letters) == (100, 80, 6)
    assert found.broken == {"K1": 1}
    assert found.runs_with == {"dynamodb-fails": 2}
    assert found.next_seed == 3


def test_runs_in_which_the_simulator_failed_are_told_and_not_repeated(tmp_path: Path) -> None:
    found = totals(result(1))
    found.add_failed(result(2).plan)
    assert (found.runs, found.next_seed) == (1, 3)
    assert "the simulator failed: 1" in summary(found)
    page = tmp_path / "page.html"
    report.write_report(found, page)
    assert "<b>1</b>runs in which the simulator failed" in page.read_text()
    assert Totals.load(page.with_suffix(".json")).failed == found.failed


def test_another_command_goes_on_with_saved_totals(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    before = totals(result(1), result(2, "K1"))
    report.write_report(before, page)
    after = Totals.load(page.with_suffix(".json"))
    assert after == before
    asked = arguments(["--orders", "100", "--report", str(page), "--add"])
    assert [plan.seed for plan in plans(asked, after.next_seed)] == [3, 4]


@pytest.mark.parametrize("options", [["--add"], ["--add", "--report", "nowhere.html"], ["--add", "--seed", "3"]])
def test_adding_needs_a_report_and_no_seed(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(options)
    assert "ADD=1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--workers", "0"], "no whole number from 1 on"),
        (["--orders", "-1"], "no whole number from 1 on"),
        (["--seed", "0"], "no whole number from 1 on"),
        (["--without", "crash_after"], "no such fault: crash_after"),
        (["--live", "--always", "x"], "LIVE= does not take ALWAYS="),
        (["--flash-sale", "--report", "x.html"], "FLASH_SALE= does not take REPORT="),
        (["--crashes", "--trace", "x.txt", "--seed", "1"], "CRASHES= does not take TRACE="),
        (["--live", "--seeds", "5"], "LIVE= does not take SEEDS="),
        (["--units", "10"], "UNITS= needs FLASH_SALE=1"),
    ],
)
def test_options_without_effect_are_refused(options: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(options)
    assert why in capsys.readouterr().err


def test_times_to_the_end_are_shares_of_all_orders() -> None:
    found = totals(result())
    assert found.seconds_to_end(0.9) == pytest.approx(60, rel=0.13)
    assert found.seconds_to_end(1.0) == pytest.approx(3600, rel=0.13)


def test_coverage_names_the_faults_that_never_happened_at_a_call() -> None:
    before = Coverage.of(totals(result()))
    after = Coverage.of(totals(result(), result(2, cell="dynamodb-throttles")))
    assert "dynamodb-throttles" in before.never[GET]
    assert "dynamodb-fails" not in before.never[GET]
    assert "rest-fails" not in before.never[GET], "no fault of HTTP at a call to DynamoDB"
    assert after.happened == before.happened + 1


def test_the_page_tells_which_promises_broke_and_how_to_repeat_the_runs() -> None:
    page = report.page(totals(result(1), result(2, "K1"), result(3, "K1")))
    assert page.count("class='broken'") == 1
    assert "<b>1</b>promises broken" in page
    assert "<td>K1</td><td>stock is never negative</td><td><span class='broken'>broken in 2 runs" in page
    assert "<td>1 to 3</td>" in page


def test_the_page_has_the_score() -> None:
    score: list[dict[str, Any]] = [
        {"name": "a", "about": "A <b>", "found_by": "simulator", "promise": "K1", "seed": 4},
        {"name": "b", "about": "B", "found_by": "test", "promise": "", "test": "test_x"},
        {"name": "c", "about": "C", "found_by": "nothing", "promise": "", "test": ""},
        {"name": "d", "about": "D", "found_by": "failed", "promise": "", "test": ""},
    ]
    page = report.page(totals(result()), {"commit": "abc", "only": "a,b,c", "scores": score})
    assert "2 of 4 found: those of <code>ONLY=a,b,c</code>, at commit <code>abc</code>" in page
    assert "A &lt;b&gt;" in page
    assert "K1, seed 4" in page
    assert page.count("not found") == page.count("no verdict") == 1
