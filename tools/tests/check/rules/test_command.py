"""The command: exit codes, one line for each finding, never a stack trace."""

from pathlib import Path

import pytest

from tools.check.rules.__main__ import main
from tools.check.rules.templates import cfn_lint
from tools.tests.check.rules.conftest import MakeRepository


def test_clean(make: MakeRepository, capsys: pytest.CaptureFixture[str]) -> None:
    root = make({"README.md": "# Fine\n"}).root
    assert main([], root) == 0
    assert capsys.readouterr().out.startswith("lint: clean")


def test_findings(make: MakeRepository, capsys: pytest.CaptureFixture[str]) -> None:
    root = make({"README.md": "[gone](gone.md)\n", "orders/src/orders_service/x.py": "import users_service\n"}).root
    assert main([], root) == 1
    out = capsys.readouterr().out
    assert "README.md:1: the link gone.md has no target - correct the path, relative to this file" in out
    assert "orders/src/orders_service/x.py:1: imports users_service: services never import each other" in out
    assert out.rstrip().endswith("lint: 2 findings")


def test_one_service_only(make: MakeRepository, capsys: pytest.CaptureFixture[str]) -> None:
    root = make({"orders/README.md": "[gone](gone.md)\n", "users/README.md": "[gone](gone.md)\n"}).root
    assert main(["users"], root) == 1
    out = capsys.readouterr().out
    assert "users/README.md" in out
    assert "orders/README.md" not in out


def test_an_unknown_service(make: MakeRepository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ordres"], make({}).root) == 2
    assert capsys.readouterr().err == "lint: no service named ordres; known services: orders, users\n"


BROKEN = {
    "empty.yaml": "",
    "open.yaml": "a: [",
    "list.yaml": "- 1\n",
    "tab.yaml": "\tx: 1\n",
    "twice.yaml": "Resources:\n  A: !Ref\n    - x\n  A: 1\n",
}


def test_broken_templates_are_findings(tmp_path: Path) -> None:
    for name, text in BROKEN.items():
        (tmp_path / name).write_text(text)
    found = cfn_lint(tmp_path, list(BROKEN))
    assert {each.file for each in found} == set(BROKEN)
    assert all(each.line >= 1 and "Traceback" not in each.what for each in found)
