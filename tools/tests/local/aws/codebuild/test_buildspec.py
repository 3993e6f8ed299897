"""Buildspecs. Page "Build specification reference for CodeBuild"."""

import pytest

from tools.local.aws.codebuild.buildspec import Artifact, SpecError, read

WHOLE = """
version: 0.2
env:
  shell: bash
  variables: {COUNT: 1, DEBUG: true}
  parameter-store: {KEY: /key}
  secrets-manager: {PASSWORD: "db:password"}
  exported-variables: [VERSION]
phases:
  install:
    runtime-versions: {python: 3.13}
    commands: [make setup]
  build:
    on-failure: RETRY-2
    commands:
      - make build
    finally:
      - make clean
artifacts:
  files: ["**/*"]
  base-directory: out
  secondary-artifacts:
    Report: {files: report.txt, discard-paths: yes}
cache:
  paths: [".venv/**/*"]
"""


def test_a_whole_buildspec_is_read() -> None:
    spec = read(WHOLE)
    assert spec.shell == "/bin/bash"
    assert spec.variables == {"COUNT": "1", "DEBUG": "true"}
    assert (spec.parameters, spec.secrets, spec.exported) == (
        {"KEY": "/key"},
        {"PASSWORD": "db:password"},
        ("VERSION",),
    )
    assert spec.phases["install"].runtimes == {"python": "3.13"}
    assert spec.phases["build"].final == ("make clean",)
    assert (spec.phases["build"].on_failure.kind, spec.phases["build"].on_failure.retries) == ("RETRY", 2)
    assert spec.artifact == Artifact(("**/*",), "out")
    assert spec.secondary == {"Report": Artifact(("report.txt",), discard_paths=True)}
    assert spec.cache_paths == (".venv/**/*",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("phases: {build: {commands: [ls]}}", "version must be 0.1 or 0.2"),
        ("version: 0.2", "at least one phase"),
        ("version: 0.2\nphases: {test: {commands: [ls]}}", "does not know test of phases"),
        ("version: 0.2\nphases: {build: {comands: [ls]}}", "does not know comands of phases.build"),
        ("version: 0.2\nphases: {build: {runtime-versions: {python: 3.13}}}", "does not know runtime-versions"),
        ("version: 0.2\nreports: {unit: {files: [a]}}\nphases: {build: {commands: [ls]}}", "does not know reports"),
        ("version: 0.2\nbatch: {}\nphases: {build: {commands: [ls]}}", "does not know batch"),
        ("version: 0.2\nphases: {build: {commands: [ls], on-failure: IGNORE}}", "does not know on-failure IGNORE"),
        ("version: 0.2\nenv: {shell: powershell}\nphases: {build: {commands: [ls]}}", "the shell powershell"),
        ("version: 0.2\nphases: {build: {commands: [{a: b}]}}", "must be a list of texts"),
        ("version: 0.2\nphases: [", "YAML_FILE_ERROR"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(text: str, reason: str) -> None:
    with pytest.raises(SpecError) as refused:
        read(text)
    assert reason in str(refused.value)
