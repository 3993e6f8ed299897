"""Buildspecs: each mistake is refused with its place."""

import pytest

from tools.check.rules.buildspecs import check_buildspecs
from tools.tests.check.rules.conftest import MakeRepository

FILE = "orders/buildspecs/build.yaml"
GOOD = """\
version: 0.2
env:
  shell: bash
  variables: { A: "1" }
  exported-variables: [A]
phases:
  install:
    runtime-versions: { python: "3.13" }
    commands: [make setup]
  build:
    on-failure: ABORT
    commands: [make ci]
    finally: [make clean]
artifacts:
  files: ["**/*"]
cache:
  paths: [.venv/**/*]
"""


def test_a_right_buildspec(make: MakeRepository) -> None:
    assert list(check_buildspecs(make({FILE: GOOD}))) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 0.2", "version: 0.1", "version: 0.2 was expected"),
        ("  build:\n", "  biuld:\n", "phases: Additional properties are not allowed ('biuld' was unexpected)"),
        ("    finally:", "    finaly:", "phases.build: 'finaly' is not one of"),
        ("on-failure: ABORT", "on-failure: STOP", "phases.build.on-failure: 'STOP' does not match"),
        ("commands: [make ci]", "commands: make ci", "phases.build.commands: 'make ci' is not of type 'array'"),
        ('python: "3.13"', "python: 3.13", "phases.install.runtime-versions.python: 3.13 is not of type 'string'"),
        ("cache:\n  paths", "cache:\n  path", "cache: Additional properties are not allowed ('path' was unexpected)"),
        ("artifacts:\n  files", "artifacts:\n  file", "artifacts: Additional properties are not allowed"),
    ],
)
def test_a_mistake_is_named(make: MakeRepository, old: str, new: str, says: str) -> None:
    assert old in GOOD
    findings = [str(each) for each in check_buildspecs(make({FILE: GOOD.replace(old, new)}))]
    assert any(says in finding for finding in findings), findings


def test_runtime_versions_belong_to_install(make: MakeRepository) -> None:
    text = GOOD.replace("  build:\n", '  build:\n    runtime-versions: { python: "3.13" }\n')
    assert list(check_buildspecs(make({FILE: text})))
