"""A reference to an undefined name is an error before the template is deployed."""

from pathlib import Path

import pytest

from tools.project.problems import Problem
from tools.project.references import dangling
from tools.project.services import Service, discover, read_template

ROOT = Path(__file__).parents[3]
HEAD = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Environment: { Type: String }
Conditions:
  Prod: !Equals [!Ref Environment, prod]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Greet:
    Type: AWS::Serverless::Function
  Thing:
    Type: AWS::SSM::Parameter
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "template.yaml"
    path.write_text(HEAD + text)
    return dangling(path, read_template(path))


@pytest.mark.parametrize(
    "value",
    [
        "!Ref Table",
        "!Ref Environment",
        "!Ref AWS::NoValue",
        "!Ref Greet.Alias",
        "!GetAtt Table.Arn",
        "!GetAtt GreetRole.Arn",
        "!GetAtt [Table, Arn]",
        '!Sub "${AWS::Region}-${Table.Arn}-${Greet.Version}-${!Literal}"',
        '!Sub ["${own}-${Table}", {own: !Ref Environment}]',
        "!If [Prod, 1, 2]",
        "!Ref ServerlessRestApi",
    ],
)
def test_names_that_are_there(tmp_path: Path, value: str) -> None:
    assert faults(tmp_path, f"    Properties: {{Value: {value}}}\n") == []


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("!Ref Tabel", "resource or parameter Tabel"),
        ("!GetAtt Tabel.Arn", "resource Tabel"),
        ('!Sub "a${Tabel.Arn}"', "resource or parameter Tabel"),
        ('!Sub ["${own}${Tabel}", {own: 1}]', "resource or parameter Tabel"),
        ("!Sub ['${own}', {own: !Ref Tabel}]", "resource or parameter Tabel"),
        ("!If [Tabel, 1, 2]", "condition Tabel"),
        ("!Join ['', [{Ref: Tabel}]]", "resource or parameter Tabel"),
    ],
)
def test_names_that_are_not(tmp_path: Path, value: str, name: str) -> None:
    found = faults(tmp_path, f"    Properties: {{Value: {value}}}\n")
    assert len(found) == 1
    assert f"template.yaml:13: there is no {name} in this template; correct the name, or add it" in found[0]


def test_depends_on_and_globals(tmp_path: Path) -> None:
    text = "    DependsOn: Tabel\nGlobals:\n  Function:\n    Environment: {Variables: {A: !Ref Tabbel}}\n"
    assert [fault.split(": ", 1)[0].rpartition(":")[2] for fault in faults(tmp_path, text)] == ["16", "13"]


def test_other_macros_bring_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Transform: OurMacro\nResources: {A: {Type: AWS::SQS::Queue, DependsOn: B}}\n")
    assert dangling(path, read_template(path)) == []


def test_the_names_of_a_loop_are_checked_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
        "Parameters: {OneArn: {Type: String}}\n"
        "Resources:\n"
        "  Fn::ForEach::Queues:\n"
        "    - Name\n"
        "    - [One, Two]\n"
        "    - ${Name}Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: {Ref: !Sub '${Name}Arn'}}}\n"
    )
    (found,) = dangling(path, read_template(path))
    assert "there is no resource or parameter TwoArn in this template" in found


@pytest.mark.parametrize("name", discover())
def test_our_templates_have_no_dangling_references(name: str) -> None:
    service = discover()[name]
    assert dangling(service.template_path, service.template) == []


def test_a_function_that_cloudformation_does_not_have_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(HEAD + "    Properties: {Value: !Subb x}\n")
    with pytest.raises(Problem, match=r"template\.yaml:13: .*there is no function !Subb"):
        _ = Service(tmp_path, {}).template
