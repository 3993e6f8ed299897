"""Wrong use of a target with arguments is one line, which names the way to its help."""

from collections.abc import Callable

import pytest

from tools.demo.__main__ import main as demo
from tools.mail.__main__ import main as mail
from tools.reconcile.__main__ import main as reconcile
from tools.redrive.__main__ import main as redrive


@pytest.mark.parametrize(
    ("main", "given", "told"),
    [
        (redrive, [], "make redrive: the following arguments are required: SERVICE=...;"),
        (redrive, ["orders", "--bogus"], "make redrive: unrecognized arguments: --bogus;"),
        (reconcile, ["--older-than"], "make reconcile: argument --older-than: expected one argument;"),
        (mail, ["--limit", "0"], "make mail: argument --limit: 0 is no whole number from 1;"),
        (demo, ["--fail", "bogus"], "make demo: argument --fail: invalid choice: 'bogus' (choose from 'cancel'"),
    ],
)
def test_one_line(
    main: Callable[[list[str]], int], given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(told)
    assert "ARGS=--help" in line


def test_the_demo_never_plays_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ENVIRONMENT", "dev")
    assert demo([]) == 1
    assert "local cloud alone, not on dev" in capsys.readouterr().err
