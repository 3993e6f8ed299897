"""`make test` runs its steps two at a time, names failed tests at once, and says how far the steps are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ecom_client.polling import poll
from tools import ROOT
from tools.check import make_test, progress
from tools.check.make_test import Running, Step, run_steps
from tools.check.progress import Tally

TESTS = """
import os, subprocess, sys, pytest
def test_passes():
    # A pytest that a test starts writes nothing.
    assert "ECOM_TEST_PROGRESS" not in os.environ
@pytest.mark.skip
def test_is_skipped(): pass
def test_fails(): assert False
@pytest.fixture
def broken(): raise ValueError
def test_has_a_broken_fixture(broken): pass
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
"""


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(make_test, "LOGS", tmp_path)
    return tmp_path


def python(name: str, code: str) -> Step:
    return Step(name, [sys.executable, "-c", code])


def waits_for(file: Path) -> str:
    return f"import pathlib, time\nwhile not pathlib.Path({str(file)!r}).exists(): time.sleep(0.01)\n"


def creates(file: Path) -> str:
    return f"open({str(file)!r}, 'w').close()\n"


def test_a_free_place_gets_the_next_step(logs: Path) -> None:
    """The first step ends only after the third, which the second's end lets begin."""
    first, third = python("first", waits_for(logs / "third")), python("third", creates(logs / "third"))
    results = run_steps(first, python("second", "print('done')"), third)
    assert [(each.name, each.code) for each in results] == [("first", 0), ("second", 0), ("third", 0)]
    assert results[1].closing == "done"
    assert all(each.processor_seconds > 0 for each in results)


def test_a_failed_step_stops_no_other(logs: Path) -> None:
    results = run_steps(
        python("bad", "raise SystemExit(3)"), python("good", ""), python("last", creates(logs / "last"))
    )
    assert [each.code for each in results] == [3, 0, 0]
    assert (logs / "last").exists()


def test_an_interrupted_run_ends_its_steps_and_starts_no_other(logs: Path) -> None:
    code = f"""
import signal, sys
from pathlib import Path
from tools.check import make_test
make_test.LOGS = Path({str(logs)!r})
def step(name, code): return make_test.Step(name, [sys.executable, "-c", code])
def stop(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, stop)
forever = "import time; open({str(logs / "runs")!r}, 'w').close(); time.sleep(600)"
print("go", flush=True)
try:
    make_test.run_steps(step("one", forever), step("two", forever), step("three", {creates(logs / "late")!r}))
except KeyboardInterrupt:
    print("interrupted")
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        poll(lambda: (logs / "runs").exists(), bool, 30)
        process.terminate()
        output, _ = process.communicate(timeout=30)
    assert output.splitlines()[-1] == "interrupted"
    assert not (logs / "late").exists()


@pytest.mark.parametrize("options", [[], ["-n", "1"]], ids=["one process", "a worker"])
def test_the_plugin_writes_each_test_at_once(tmp_path: Path, options: list[str]) -> None:
    file, tests = tmp_path / "progress", tmp_path / "test_some.py"
    tests.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tools.check.progress", *options]
    environ = {**os.environ, progress.VARIABLE: str(file), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, tests], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    tally = Tally(file)
    assert tally.read() == ["test_some.py::test_fails", "test_some.py::test_has_a_broken_fixture"]
    assert str(tally) == "5 of 5, 2 failed"
    assert tally.read() == []


def test_a_module_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    file, tests = tmp_path / "progress", tmp_path / "test_some.py"
    tests.write_text("import no_such_module")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tools.check.progress"]
    environ = {**os.environ, progress.VARIABLE: str(file), "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [*command, "--rootdir", tmp_path, tests], cwd=tmp_path, env=environ, capture_output=True, check=False
    )
    assert Tally(file).read() == ["test_some.py"]


def test_a_half_written_line_is_read_later(tmp_path: Path) -> None:
    file = tmp_path / "progress"
    tally = Tally(file)
    assert tally.read() == []
    assert str(tally) == "running"
    file.write_text("collected 12\ndone a\nfailed a_te")
    assert tally.read() == []
    file.write_text("collected 12\ndone a\nfailed a_test\n")
    assert tally.read() == ["a_test"]
    assert str(tally) == "1 of 12, 1 failed"


def test_failures_and_progress_are_printed(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running, step = Running(), python("tests", "")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        running.add(step, process)
    step.progress.write_text("collected 12\ndone a\nfailed b\ndone b\n")
    running.name_failures()
    assert capsys.readouterr().out == "FAIL tests      b\n"
    assert running.line().endswith("min    tests 2 of 12, 1 failed")
    step.progress.write_text(step.progress.read_text() + "failed c\n")
    running.remove(step)
    assert capsys.readouterr().out == "FAIL tests      c\n"
    assert running.line() == ""


def test_every_deployed_test_is_where_the_step_looks() -> None:
    """In a folder `deployed` of a service or of the whole platform. Elsewhere, no step would run it."""
    marked = re.compile(r"\bmark\.deployed\b")
    files = [path for folder in ROOT.glob("*/tests") for path in folder.rglob("test_*.py")]
    files += (ROOT / "tests").rglob("test_*.py")
    found = {path.relative_to(ROOT) for path in files if marked.search(path.read_text()) and path != Path(__file__)}
    assert len(found) > 50
    assert [path for path in found if path.parts[0] != "tests" and path.parts[1:3] != ("tests", "deployed")] == []
