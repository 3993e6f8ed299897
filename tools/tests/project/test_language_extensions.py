"""A template with `Fn::ForEach` expands as on AWS; what AWS refuses, or we do not support, is refused with its name."""

from typing import Any

import pytest
import yaml

from tools.project.documents import TemplateLoader
from tools.project.language_extensions import expanded
from tools.project.problems import Problem

HEAD = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Mappings:
  Colours:
    Red: { Code: f00, Next: Blue, Both: [a, b] }
    Blue: { Code: 00f, Next: Red, Both: [c] }
"""


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, Loader=TemplateLoader)  # noqa: S506 - derived from SafeLoader
    return found


def made(text: str) -> dict[str, Any]:
    whole = expanded(read(HEAD + text))
    assert whole["Transform"] == "AWS::Serverless-2016-10-31"
    return whole


def value(text: str) -> Any:
    """A value inside a loop, for the item Red."""
    loop = f"Resources:\n  Fn::ForEach::Loop: [Colour, [Red], {{'Thing${{Colour}}': {{Value: {text}}}}}]\n"
    return made(loop)["Resources"]["ThingRed"]["Value"]


def test_a_loop_makes_one_resource_for_each_item_and_key_in_its_place() -> None:
    text = """\
Resources:
  Before: { Type: A }
  Fn::ForEach::Things:
    - Name
    - [One, Two]
    - ${Name}Queue: { Type: Q }
      Other${Name}: { Type: O, DependsOn: Before }
  After: { Type: Z }
"""
    assert list(made(text)["Resources"]) == ["Before", "OneQueue", "OtherOne", "TwoQueue", "OtherTwo", "After"]


def test_conditions_outputs_and_properties_may_have_loops() -> None:
    text = """\
Conditions:
  Fn::ForEach::Flags: [Flag, [A, B], {"Has${Flag}": !Equals [!Ref Flag, A]}]
Resources:
  Function:
    Properties:
      Events:
        Fn::ForEach::Rules: [Source, [orders, payment], {"${Source}": {Pattern: [!Sub "ecommerce.${Source}"]}}]
Outputs:
  Fn::ForEach::Names: [Name, [X], {"${Name}Out": {Value: !Ref Name}}]
"""
    whole = made(text)
    assert whole["Conditions"] == {"HasA": {"Fn::Equals": ["A", "A"]}, "HasB": {"Fn::Equals": ["B", "A"]}}
    events = whole["Resources"]["Function"]["Properties"]["Events"]
    assert events == {"orders": {"Pattern": ["ecommerce.orders"]}, "payment": {"Pattern": ["ecommerce.payment"]}}
    assert whole["Outputs"] == {"XOut": {"Value": "X"}}


@pytest.mark.parametrize(
    ("text", "is_now"),
    [
        ("!Ref Colour", "Red"),
        ("!Ref Other", {"Ref": "Other"}),
        ('{Ref: !Sub "${Colour}Queue"}', {"Ref": "RedQueue"}),
        ('!GetAtt [!Sub "${Colour}Queue", Arn]', {"Fn::GetAtt": ["RedQueue", "Arn"]}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ('!Sub "a-${Colour}"', "a-Red"),
        ('!Sub "${AWS::Region}-${Colour}-${!Colour}"', {"Fn::Sub": "${AWS::Region}-Red-${!Colour}"}),
        ('!Sub ["${x}-${Colour}", {x: !Ref Colour}]', {"Fn::Sub": ["${x}-Red", {"x": "Red"}]}),
        ("!FindInMap [Colours, !Ref Colour, Code]", "f00"),
        ("!FindInMap [Colours, !FindInMap [Colours, !Ref Colour, Next], Code]", "00f"),
        ("!FindInMap [Colours, !Ref Colour, Both]", ["a", "b"]),
        (
            "!FindInMap [Colours, !Ref Colour, !Ref Key]",
            {"Fn::FindInMap": ["Colours", "Red", {"Ref": "Key"}]},
        ),
        ("!GetAtt [!FindInMap [Colours, !Ref Colour, Next], Arn]", {"Fn::GetAtt": ["Blue", "Arn"]}),
        ("{a: [!Ref Colour, 1, true]}", {"a": ["Red", 1, True]}),
    ],
)
def test_where_the_identifier_is_replaced(text: str, is_now: Any) -> None:
    assert value(text) == is_now


def test_an_ampersand_makes_a_logical_id_of_any_text() -> None:
    text = """\
Resources:
  Fn::ForEach::Logs: [Name, [on-order, on-table], {"&{Name}Logs": {LogGroupName: !Sub "/aws/lambda/${Name}"}}]
"""
    assert made(text)["Resources"] == {
        "onorderLogs": {"LogGroupName": "/aws/lambda/on-order"},
        "ontableLogs": {"LogGroupName": "/aws/lambda/on-table"},
    }


def test_a_template_without_loops_stays_as_it_is() -> None:
    template = read("Transform: Other\nResources: {A: {Type: B, Value: !Sub '${A}'}}\n")
    assert expanded(template) == template


def test_the_transform_may_be_the_only_one() -> None:
    text = "Transform: AWS::LanguageExtensions\nResources: {Fn::ForEach::X: [I, [A], {'Q${I}': {Type: T}}]}\n"
    assert expanded(read(text)) == {"Resources": {"QA": {"Type": "T"}}}


def test_the_template_that_was_read_does_not_change() -> None:
    text = HEAD + "Resources: {Fn::ForEach::X: [I, [Red], {'Q${I}': !FindInMap [Colours, !Ref I, Both]}]}\n"
    template = read(text)
    expanded(template)["Resources"]["QRed"].append("more")
    assert template == read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Resources: {Fn::ForEach::X: [I, !Ref Names, {'Q${I}': {}}]}", "Fn::ForEach::X: write [identifier, [item"),
        ("Resources: {Fn::ForEach::X: [I, [], {'Q${I}': {}}]}", "Fn::ForEach::X: write"),
        ("Resources: {Fn::ForEach::X: [I, [A], {}]}", "Fn::ForEach::X: write"),
        ("Resources: {Fn::ForEach::X: [I, [A]]}", "Fn::ForEach::X: write"),
        ("Resources: {Fn::ForEach::X: [I, [1], {'Q${I}': {}}]}", "must be a list of texts"),
        ("Resources: {Fn::ForEach::X: [I, [A], {Q: {}}]}", "Q must contain ${I} or &{I}"),
        ("Resources: {Fn::ForEach::X: [I, [A, A], {'Q${I}': {}}]}", "QA exists already"),
        ("Resources: {QA: {}, Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}", "QA exists already"),
        ("Resources: {Fn::ForEach::X: [I, [A, a-b], {'Q${I}': {}}]}", "the logical id Qa-b may have letters"),
        ("Resources: {X: {}, Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}", "the name of a loop must be unique"),
        (
            "Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}\nOutputs: {Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}",
            "the name of a loop must be unique",
        ),
        (
            "Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {Fn::ForEach::Y: [J, [B], {'${J}': {}}]}}]}",
            "Fn::ForEach::Y: a loop in a loop is not supported",
        ),
        ("Resources: {Q: {Value: {Fn::Length: [1]}}}", "Fn::Length: [1] is not supported"),
        ("Resources: {Q: {Value: {Fn::ToJsonString: {}}}}", "Fn::ToJsonString: {} is not supported"),
        ("Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {Value: {Fn::Length: [1]}}}]}", "Fn::Length: [1] is not"),
        ("Resources: {Q: {Value: {Ref: !Sub a}}}", "Ref: {'Fn::Sub': 'a'} is not supported"),
        ("Resources: {Q: {Value: !GetAtt [!Ref A, Arn]}}", "Fn::GetAtt: "),
        ("Resources: {Q: {DeletionPolicy: !Ref A}}", "DeletionPolicy: {'Ref': 'A'} is not supported"),
        ("Resources: {Q: {Value: !FindInMap [A, B, C, {DefaultValue: 1}]}}", "Fn::FindInMap: "),
        ("Parameters: {Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}\nResources: {}", "not in Parameters"),
        ("Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {Value: 'a${I}'}}]}", "is replaced in Fn::Sub only"),
        ("Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {'a${I}': 1}}]}", "is replaced in Fn::Sub only"),
        ("Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {Value: {Ref: !Sub '${I}${J}'}}}]}", "need a name that"),
        ("Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': !FindInMap [Colours, !Ref I, Code]}]}", "no Colours.A.Code"),
    ],
)
def test_what_is_refused(text: str, expected: str) -> None:
    with pytest.raises(Problem) as refused:
        expanded(read(HEAD + text))
    assert expected in str(refused.value)


def test_the_transform_must_be_declared_and_come_first() -> None:
    loop = "Resources: {Fn::ForEach::X: [I, [A], {'Q${I}': {}}]}\n"
    with pytest.raises(Problem, match="Fn::ForEach::X: add AWS::LanguageExtensions to Transform"):
        expanded(read("Transform: AWS::Serverless-2016-10-31\n" + loop))
    with pytest.raises(Problem, match=r"AWS::LanguageExtensions must come before AWS::Serverless"):
        expanded(read("Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]\n" + loop))
