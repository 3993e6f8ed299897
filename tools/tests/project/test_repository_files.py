"""The files that a host of the repository reads: workflow, forms, owners, hooks."""

import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import ROOT
from tools.check.yaml_files import faults

GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
YAML = [*sorted(GITHUB.rglob("*.yml")), ROOT / ".pre-commit-config.yaml", ROOT / "environments.yaml"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_a_yaml_file_can_be_read(path: Path) -> None:
    assert faults([str(path)]) == []


def test_a_yaml_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("a: [1\n")
    (fault,) = faults([str(tmp_path / "bad.yml")])
    assert "bad.yml:2" in fault


def test_the_workflow_runs_all_checks_with_the_oldest_and_a_newer_python() -> None:
    job = read(GITHUB / "workflows" / "ci.yml")["jobs"]["test"]
    assert "make test" in [step.get("run") for step in job["steps"]]
    versions = job["strategy"]["matrix"]["python"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f">={versions[0]}" == oldest
    assert all(isinstance(version, str) for version in versions)  # 3.10 as a number would be 3.1
    assert len(versions) == 2


def test_the_workflow_reads_only() -> None:
    assert read(GITHUB / "workflows" / "ci.yml")["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_has_what_github_requires(path: Path) -> None:
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in questions} <= {"textarea", "input", "dropdown", "checkboxes"}
    assert all(part["attributes"]["label"] for part in questions)
    assert len({part["id"] for part in questions}) == len(questions) > 0


def test_everything_has_an_owner_and_every_owned_folder_exists() -> None:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines() if line and line[0] != "#"]
    patterns = [pattern for pattern, *_ in lines]
    assert patterns[0] == "*"
    assert all(list(ROOT.glob(pattern.strip("/"))) for pattern in patterns)
    assert all(owners and all(owner.startswith("@your-org/") for owner in owners) for _, *owners in lines)


def test_every_hook_runs_a_module_of_the_checkout_or_of_its_environment() -> None:
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    for hook in repository["hooks"]:
        python, option, module, *_ = shlex.split(hook["entry"])
        assert (python, option, hook["language"]) == (".venv/bin/python", "-m", "system")
        assert module == "ruff" or (ROOT / f"{module.replace('.', '/')}.py").is_file()
