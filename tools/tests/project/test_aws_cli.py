"""Examples with the AWS CLI run on every machine, with the one of the lock."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.deployed import aws_cli
from tools import ROOT
from tools.setup import LAYERS


def test_no_test_depends_on_the_aws_cli_of_the_machine() -> None:
    """A skipped test, or a shorter one, passes where it is missing."""
    for path in (ROOT / "tests" / "deployed").rglob("*.py"):
        assert not re.search(r"""which\(["']aws["']\)|needs_cli""", path.read_text()), path


def test_the_command_of_the_lock_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "a folder" / "aws"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\necho "with $*"\n')
    command.chmod(0o755)
    monkeypatch.setattr(aws_cli, "COMMAND", command)
    monkeypatch.setattr(aws_cli, "install", lambda: None)
    script = aws_cli.with_aws_cli('FOUND=$(aws sqs list-queues --name "a b")\necho "$FOUND"')
    assert subprocess.check_output(["bash", "-c", script], text=True) == "with sqs list-queues --name a b\n"


def test_it_is_installed_only_for_a_script_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_cli, "install", lambda: pytest.fail("installed"))
    assert aws_cli.with_aws_cli("make alarms") == "make alarms"
    assert aws_cli.COMMAND.is_relative_to(ROOT / LAYERS["aws-cli"][0])
