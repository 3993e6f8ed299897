"""Each rule refuses what it should, with a message that says what to do, and nothing else.

A template `bad*.yaml` lists in its first lines what the rule has to say of it (`# says: ...`): that, and no more.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import decode
from cfnlint.rules import CloudFormationLintRule
from cfnlint.template import Template

from shared.cfn_lint_rules import RULES

ROOT = Path(__file__).resolve().parents[4]
TEMPLATES = Path(__file__).parent / "templates"
SAYS = "# says: "


def folder_of(rule: type[CloudFormationLintRule]) -> Path:
    return TEMPLATES / str(rule.__module__).rsplit(".", 1)[-1]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(rule, path, id=f"{rule.id}-{path.parent.name}-{path.stem}")
        for rule in RULES
        for path in sorted(folder_of(rule).glob(f"{kind}*.yaml"))
    ]


def messages(rule: type[CloudFormationLintRule], path: Path) -> list[str]:
    """What one rule says, run as cfn-lint runs it: with Globals merged into the functions."""
    body, broken = decode(str(path))
    assert not broken
    template = Template(str(path), body, ["us-east-1"])
    template.transform()
    return [match.message for match in rule().match(template)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_has_a_template_that_it_refuses_and_one_that_it_accepts(rule: Any) -> None:
    assert list(folder_of(rule).glob("bad*.yaml"))
    assert list(folder_of(rule).glob("good*.yaml"))


def test_ids_are_unique_and_ours() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("E90") for each in ids)


def test_the_readme_lists_each_rule() -> None:
    text = (ROOT / "shared" / "cfn_lint_rules" / "README.md").read_text()
    assert [f"| {rule.id} | {rule.shortdesc} |" for rule in RULES] == [
        line for line in text.splitlines() if line.startswith("| E")
    ]


@pytest.mark.parametrize(("rule", "path"), cases("bad"))
def test_refused(rule: type[CloudFormationLintRule], path: Path) -> None:
    expected = [line.removeprefix(SAYS) for line in path.read_text().splitlines() if line.startswith(SAYS)]
    assert expected, "a bad template lists what is said of it"
    said = messages(rule, path)
    for each in expected:
        matching = [message for message in said if each in message]
        assert matching, f"nothing says {each!r}; said: {said}"
        said.remove(matching[0])
    assert said == []


@pytest.mark.parametrize(("rule", "path"), cases("good"))
def test_accepted(rule: type[CloudFormationLintRule], path: Path) -> None:
    assert messages(rule, path) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    "body", ["Resources: [a, b]", "Resources: {A: {Type: 1}, B: null}", "Parameters: x\nResources: {}"]
)
def test_a_malformed_template_breaks_no_rule(rule: Any, body: str, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(body)
    template, _ = decode(str(path))
    list(rule().problems(template, str(path)))


def test_plain_cfn_lint_uses_the_rules() -> None:
    """As an editor calls it: from the root of the checkout, with nothing but the file."""
    bad = TEMPLATES / "alias" / "bad.yaml"
    done = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--format", "parseable", str(bad)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ":E9013:Parameter reaches Worker itself" in done.stdout, done.stdout + done.stderr
    assert done.returncode != 0
