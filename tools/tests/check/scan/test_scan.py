"""The second scanner finds what is planted in a template, and an exemption is one line with a reason that is needed."""

from pathlib import Path

import pytest

from tools import ROOT
from tools.check.rules.aws.transformed import Template
from tools.check.scan.__main__ import main, templates
from tools.check.scan.exemptions import EXEMPTIONS, Exemption, read, remaining, unused
from tools.check.scan.scanner import FOUND, Finding, scan
from tools.project.problems import Problem

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters: { Environment: { Type: String } }
Resources:
  Pictures:
    Type: AWS::S3::Bucket
    Metadata: { checkov: { skip: [{ id: CKV_AWS_20, comment: we want it }] } }
    Properties: { AccessControl: PublicRead }
  Hello:
    Type: AWS::Serverless::Function
    Properties: { Runtime: python3.13, Handler: index.handle, InlineCode: "def handle(*_): ..." }
"""
PUBLIC = "shop/template.yaml:Pictures:CKV_AWS_20: "


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with one service."""
    found = tmp_path_factory.mktemp("checkout")
    (found / "shop").mkdir()
    (found / "shop" / "metadata.yaml").write_text("name: shop\ndescription: A shop\n")
    (found / "shop" / "template.yaml").write_text(TEMPLATE)
    return found


def exempting(folder: Path, text: str) -> Path:
    path = folder / "exemptions.yaml"
    path.write_text(text)
    return path


def test_a_planted_finding_is_printed_with_what_to_do(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([], root, exempting(tmp_path, "exemptions: []\n"))
    printed = capsys.readouterr().out.splitlines()

    assert code == 1
    # A `checkov:skip` in the template does not hide it.
    (line,) = [line for line in printed if line.startswith(PUBLIC)]
    assert " - " in line
    assert line.endswith("or exempt it with the reason in " + str(tmp_path / "exemptions.yaml"))
    # SAM's function and the role that SAM makes are seen as CloudFormation creates them.
    (line,) = [line for line in printed if line.startswith("shop/template.yaml:Hello:CKV_AWS_117: ")]
    assert " - set VpcConfig, or exempt" in line
    assert printed[-1] == f"scan: {len(printed) - 1} findings"


def test_exempted_findings_end_with_0(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = sorted({each.rule for each in scan(root, list(templates(root)))})
    entries = "".join(f"  - {{ rule: {rule}, resources: ['shop/*'], reason: a test }}\n" for rule in rules)

    assert main([], root, exempting(tmp_path, f"exemptions:\n{entries}")) == 0
    assert capsys.readouterr().out.startswith("scan: clean (1 templates, ")


def test_an_exemption_that_is_not_needed_is_a_finding(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = exempting(tmp_path, "exemptions: [{ rule: CKV_AWS_20, resources: ['shop/*', 'gone/*'], reason: a test }]\n")

    assert main([], root, path) == 1
    printed = capsys.readouterr().out.splitlines()
    assert f"{path}:gone/*:CKV_AWS_20: no finding fits this exemption - delete it" in printed
    assert not [line for line in printed if line.startswith(PUBLIC)]


def test_an_unchanged_template_is_not_scanned_again(root: Path) -> None:
    """A kept result is used: checkov would not say this."""
    made = list(templates(root))
    scan(root, made)
    (kept,) = (root / FOUND).iterdir()
    before = kept.read_text()
    kept.write_text('[{"resource": "Kept", "rule": "CKV_1", "what": "Kept", "properties": []}]')
    try:
        assert scan(root, made) == [Finding("shop/template.yaml", "Kept", "CKV_1", "Kept")]
    finally:
        kept.write_text(before)


def test_a_template_that_checkov_cannot_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"checkov could not read shop/template\.yaml"):
        scan(tmp_path, [Template("shop", "shop/template.yaml", "", {"Nothing": "to read"})])


@pytest.mark.parametrize(
    "entry",
    [
        "{ rule: CKV_AWS_20, resources: ['*'] }",
        "{ rule: CKV_AWS_20, resources: ['*'], reason: '' }",
        "{ rule: CKV_AWS_20, resources: [], reason: a test }",
        "{ rule: CKV_AWS_20, resources: '*', reason: a test }",
        "{ resources: ['*'], reason: a test }",
        "CKV_AWS_20",
    ],
)
def test_an_exemption_without_rule_resources_or_reason_is_an_error(tmp_path: Path, entry: str) -> None:
    with pytest.raises(Problem, match="the entry 1 must have a rule, a list of resources and a reason"):
        read(exempting(tmp_path, f"exemptions: [{entry}]\n"))


def test_a_file_without_the_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="it must have a list `exemptions`"):
        read(exempting(tmp_path, "exemption: []\n"))


def test_an_exemption_is_for_one_rule_and_the_resources_that_fit() -> None:
    bucket = Finding("shop/template.yaml", "Pictures", "CKV_AWS_20", "public")
    table = Finding("shop/template.yaml", "Table", "CKV_AWS_20", "public")
    other = Finding("shop/template.yaml", "Pictures", "CKV_AWS_21", "versions")
    exemption = Exemption("CKV_AWS_20", "*/template.yaml:Pict*", "a test")

    assert remaining([bucket, table, other], [exemption]) == [table, other]
    assert unused([bucket], [exemption]) == []
    assert unused([table, other], [exemption]) == [exemption]


def test_every_template_that_is_deployed_is_scanned() -> None:
    scanned = {template.file for template in templates(ROOT)}
    written = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/template.yaml")}
    pipelines = {"pipeline/service.yaml", "pipeline/environment.yaml", "pipeline/roles/orders.yaml"}
    assert written | pipelines | {"shared/templates/dead-letters.yaml"} <= scanned


def test_the_exemptions_of_the_checkout_are_complete() -> None:
    assert all(len(exemption.reason) > 40 for exemption in read(EXEMPTIONS))
