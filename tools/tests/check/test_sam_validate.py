"""`sam validate --lint` of several templates by one process."""

from pathlib import Path

import pytest

from tools import ROOT
from tools.check import sam_validate
from tools.project.problems import Problem
from tools.project.services import discover

needs_sam = pytest.mark.skipif(not sam_validate.PYTHON.exists(), reason="`make lint` installs the SAM CLI")


@needs_sam
def test_each_template_has_its_own_findings(tmp_path: Path) -> None:
    good = discover()["delivery-pricing"].template_path
    wrong, broken = tmp_path / "wrong.yaml", tmp_path / "broken.yaml"
    wrong.write_text("Transform: AWS::Serverless-2016-10-31\nResources: {T: {Type: AWS::DynamoDB::Tabel}}\n")
    broken.write_text("a: [1")
    found = sam_validate.validate([wrong, good, broken])
    assert set(found) == {wrong, broken}
    assert "E3006" in found[wrong]
    assert "AWS::DynamoDB::Tabel" in found[wrong]
    assert "Failed to parse template" in found[broken]
    assert "Tabel" not in found[broken]


def test_a_missing_cli_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam_validate, "PYTHON", ROOT / "nowhere")
    with pytest.raises(Problem, match=r"python3 tools/setup\.py sam"):
        sam_validate.validate([])


@needs_sam
def test_a_cli_that_fails_is_no_clean_template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    process = tmp_path / "process.py"
    process.write_text("raise SystemExit('no memory')")
    monkeypatch.setattr(sam_validate, "PROCESS", process)
    with pytest.raises(Problem, match="no memory"):
        sam_validate.validate([])
