"""Live runs stay on the local cloud, whatever ENVIRONMENT says."""

import pytest

from tools.sim.live import command
from tools.sim.plan import Plan


def test_another_environment_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.setattr(command, "run_live", lambda *_: pytest.fail("it ran"))
    assert command.main(Plan(1)) == 2
    assert "not on prod: leave ENVIRONMENT out" in capsys.readouterr().err
