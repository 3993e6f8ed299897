"""Phases with real shells.

Pages "Build phase transitions", "Build specification reference for CodeBuild", "Shells and commands in build
environments".
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.local.aws.codebuild.buildspec import read
from tools.local.aws.codebuild.phases import PhaseRunner
from tools.local.aws.codebuild.shell import GUARD, Shell, TimedOut
from tools.tests.local.stacks import eventually

Make = Callable[[str], PhaseRunner]


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder, self.lines = folder, list[str]()
        self.shell = Shell(folder, self.lines.append, lambda: None)

    def runner(self, phases: str, version: str = "0.2", seconds: float = 20) -> PhaseRunner:
        spec = read(f"version: {version}\nphases:\n{phases}")
        for name in ("scripts", "src"):
            (self.folder / name).mkdir(exist_ok=True)
        return PhaseRunner(
            self.shell,
            spec,
            self.folder / "scripts",
            {"PATH": os.environ["PATH"]},
            self.folder / "src",
            time.time() + seconds,
            self.lines.append,
        )

    def output(self) -> list[str]:
        return [line for line in self.lines if not line.startswith("[Container]")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.shell.close()


def test_commands_of_a_phase_share_a_shell_and_exports_reach_the_next_phase(place: Place) -> None:
    runner = place.runner(
        """
  install:
    commands: [mkdir deep, cd deep, "local_one=1", "export KEPT='two words'", 'echo "[$local_one]"']
  build:
    commands: ['echo "$KEPT in $(basename $PWD) [$local_one]"']
"""
    )
    assert runner.run("install") is None
    assert runner.run("build") is None
    assert place.output() == ["[1]", "two words in deep []"]
    assert runner.environment["KEPT"] == "two words"


def test_version_0_1_runs_each_command_in_a_shell_of_its_own(place: Place) -> None:
    runner = place.runner("\n  build:\n    commands: ['export GONE=1', 'echo \"[$GONE]\"']", version="0.1")
    assert runner.run("build") is None
    assert place.output() == ["[]"]


def test_the_first_failing_command_ends_the_phase_and_finally_still_runs(place: Place) -> None:
    runner = place.runner(
        "\n  build:\n    commands: [echo one, 'sh -c \"exit 3\"', echo never]\n    finally: [echo last]"
    )
    failure = runner.run("build")
    assert failure is not None
    assert failure.code == "COMMAND_EXECUTION_ERROR"
    assert failure.message == 'Error while executing command: sh -c "exit 3". Reason: exit status 3'
    assert place.output() == ["one", "last"]


@pytest.mark.parametrize("command", ["exit 4", "|\n        set -e\n        false\n        echo ne''ver"])
def test_exit_and_set_e_in_a_command_fail_the_phase(place: Place, command: str) -> None:
    failure = place.runner(f"\n  build:\n    commands:\n      - {command}\n      - echo never").run("build")
    assert failure is not None
    assert "never" not in place.output()  # the log shows the text of a command, in which it is written otherwise


def test_a_failed_finally_fails_the_phase(place: Place) -> None:
    failure = place.runner("\n  build:\n    commands: ['true']\n    finally: ['false']").run("build")
    assert failure is not None
    assert failure.message == "Error while executing command: false. Reason: exit status 1"


@pytest.mark.parametrize(
    ("phase", "rule", "goes_on"),
    [
        ("install", "", False),
        ("pre_build", "", False),
        ("build", "", True),
        ("build", "on-failure: ABORT", False),
        ("pre_build", "on-failure: CONTINUE", True),
        ("install", "on-failure: ABORT", False),
    ],
)
def test_what_follows_a_failed_phase(place: Place, phase: str, rule: str, goes_on: bool) -> None:
    runner = place.runner(f"\n  {phase}:\n    commands: ['false']\n    {rule}")
    assert runner.run(phase) is not None
    assert runner.goes_on(phase) is goes_on


def test_a_phase_is_retried_until_it_succeeds(place: Place) -> None:
    runner = place.runner(
        "\n  build:\n    on-failure: RETRY-3\n    commands: ['test -e done || { touch done; false; }']"
    )
    assert runner.run("build") is None


def test_a_phase_is_retried_only_for_its_pattern(place: Place) -> None:
    runner = place.runner("\n  build:\n    on-failure: RETRY-3-timeout.*\n    commands: ['echo x >> runs; false']")
    assert runner.run("build") is not None
    assert (place.folder / "src/runs").read_text() == "x\n"


def test_output_without_a_line_end_is_kept(place: Place) -> None:
    assert place.runner("\n  build:\n    commands: ['printf end']").run("build") is None
    assert place.output() == ["end"]


def test_the_time_out_ends_a_command_and_closing_ends_its_children(place: Place) -> None:
    runner = place.runner("\n  build:\n    commands: ['sleep 600 & echo $! > pid; sleep 600']", seconds=1)
    with pytest.raises(TimedOut):
        runner.run("build")
    child = int((place.folder / "src/pid").read_text())
    place.shell.close()
    assert eventually(lambda: not _lives(child), "the child ends")


HOLDER = """
import json, subprocess, sys, time
guard = subprocess.Popen([sys.executable, "-I", sys.argv[1]], stdin=subprocess.PIPE, start_new_session=True)
argv = ["/bin/sh", "-c", "echo $$ > pid; sleep 600"]
asked = {"argv": argv, "env": {"PATH": "/usr/bin:/bin"}, "cwd": ".", "end": "x"}
guard.stdin.write(json.dumps(asked).encode() + b"\\n")
guard.stdin.flush()
time.sleep(600)
"""


def test_the_processes_of_a_build_end_when_their_cloud_is_killed(tmp_path: Path) -> None:
    # The guard's input ends with the process that holds it, however that ends.
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(GUARD)], cwd=tmp_path)
    file = tmp_path / "pid"
    eventually(lambda: file.exists() and file.read_text().strip(), "the command runs")
    holder.kill()
    holder.wait()
    assert eventually(lambda: not _lives(int(file.read_text())), "the command ends")


def _lives(pid: int) -> bool:
    """Whether a process runs. A zombie, which nobody waits for, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
