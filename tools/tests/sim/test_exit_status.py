"""A failure of the simulator is status 2, which is no verdict on the services, whatever the command was asked for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from tools.sim import __main__ as command
from tools.sim import run as runs
from tools.sim.forks import Runner
from tools.sim.not_simulated import NotSimulated
from tools.sim.processes import NO_ANSWER, RunFailed, each


@pytest.fixture(autouse=True)
def this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command does not begin again with fixed hashes."""
    monkeypatch.setattr(command, "with_fixed_hashes", lambda: None)


def fails(error: BaseException) -> Any:
    def raising(*_: object, **__: object) -> NoReturn:
        raise error

    return raising


@pytest.mark.parametrize(
    "error", [ValueError("the simulator is wrong"), NotSimulated("the simulator is wrong"), RunFailed("is wrong")]
)
@pytest.mark.parametrize("options", [["--seed", "1"], ["--flash-sale"], ["--crashes"]])
def test_a_simulator_that_does_not_start(
    options: list[str], error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Runner, "of_tree", fails(error))
    assert command.main(options) == 2
    printed = capsys.readouterr().err
    assert "no verdict on the services" in printed
    assert "is wrong" in printed


def test_a_run_that_fails_leaves_its_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world: Any = SimpleNamespace(lines=None)

    def fail(world: Any, _plan: Any) -> NoReturn:
        world.lines.append("the first step")
        raise ValueError("the simulator is wrong")

    monkeypatch.setattr(Runner, "of_tree", lambda: Runner(world))
    monkeypatch.setattr(runs, "run", fail)
    trace = tmp_path / "steps.txt"
    assert command.main(["--seed", "1", "--trace", str(trace)]) == 2
    assert trace.read_text() == "the first step\n"
    assert "the simulator is wrong" in capsys.readouterr().err


def test_a_process_that_ends_with_an_error_prints_it(capfd: pytest.CaptureFixture[str]) -> None:
    """Such as one whose answer cannot be pickled."""
    answers = list(each([1], lambda _: lambda: None, 1, lost=lambda _: NO_ANSWER))
    assert answers == [(1, NO_ANSWER)]
    assert "pickle" in capfd.readouterr().err
