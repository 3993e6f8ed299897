"""`make redrive ARGS=--drop` deletes dead letters after a confirmation."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from tools.operate.redrive.__main__ import arguments, run
from tools.operate.redrive.queue import DeadLetterQueue
from tools.project.problems import Problem
from tools.tests.operate.test_redrive import Letters


@pytest.mark.parametrize(
    ("options", "left", "code"),
    [
        (["--yes", "--id", "8f3a"], 0, 0),
        (["--id", "8f3a"], 1, 1),  # without a terminal there is no confirmation
        (["--yes", "--about", "o-2"], 1, 0),
        (["--yes", "--id", "8f3a", "--dry-run"], 1, 0),
    ],
)
def test_dead_letters_are_deleted_after_confirmation(
    options: list[str], left: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # an answer, but from a pipe
    queue = Letters()
    assert run(arguments(["orders", "--drop", *options]), cast("DeadLetterQueue", queue)) == code
    assert len(queue.here) == left
    assert len(queue.release_again) == left, "what stays is let go at once"


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], str]) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", answer)


def test_an_interrupted_question_leaves_all_dead_letters_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(_question: str) -> str:
        raise KeyboardInterrupt

    at_a_terminal(monkeypatch, leave)
    queue = Letters()
    with pytest.raises(KeyboardInterrupt):
        run(arguments(["orders", "--drop", "--id", "8f3a"]), cast("DeadLetterQueue", queue))
    assert queue.release_again == queue.here
    assert len(queue.here) == 1


def test_a_late_confirmation_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead letters were visible to others meanwhile, who may have handled them."""
    at_a_terminal(monkeypatch, lambda _question: "y")
    queue = Letters()
    queue.are_invisible = False
    with pytest.raises(Problem, match="run it again"):
        run(arguments(["orders", "--drop", "--id", "8f3a"]), cast("DeadLetterQueue", queue))
    assert queue.release_again == queue.here
    assert len(queue.here) == 1


@pytest.mark.parametrize("options", [[], ["--older-than", "5"], ["--id", "8", "--with", "x.json"]])
def test_drop_needs_a_filter(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["orders", "--drop", *options])
    assert "--drop" in capsys.readouterr().err
