"""What is printed of many findings with one cause: the cause in one line, and how many follow from it."""

import json
from typing import Any

import pytest

from tools.check import lint
from tools.check.rules import folding
from tools.check.rules.__main__ import main
from tools.check.rules.event_changes import check_changes
from tools.check.rules.event_examples import check_examples
from tools.check.rules.findings import Finding
from tools.check.rules.graphql_schema import check_graphql
from tools.check.rules.templates import check_templates
from tools.check.shortened import shortened
from tools.project.problems import Problem
from tools.project.services import discover
from tools.tests.check.rules.conftest import MakeRepository
from tools.tests.check.rules.test_event_changes import FILE, Clone, clone  # noqa: F401 - a fixture

COMMON = "shared/schemas/common.json"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Name:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: VALUE }
"""


def changed(file: str, cause: Finding | None = None) -> Finding:
    return Finding(file, 1, "price may now be a string", "no", cause)


def example(name: str) -> Finding:
    return Finding(f"orders/events/examples/{name}.json", 1, "does not fit", "correct it")


GENERATED = Finding("docs/events.md", 1, "differs", "run it")


def test_a_cause_is_printed_once_and_the_rest_is_counted() -> None:
    cause = Finding(COMMON, 7, "price may now be a string: breaks A and B", "leave it")
    found = {
        "event changes": [changed("orders/events/A.json", cause), changed("orders/events/B.json", cause)],
        "event examples": [example("A"), example("B-other"), example("C")],
        "generated files": [GENERATED],
        "links": [],
    }
    text, shown, hidden = folding.lines(found)
    assert text == [
        "event changes: 1",
        f"  {cause}",
        "event examples: 1",
        f"  {example('C')}",
        "follow from these: 2 event examples, 1 generated files",
    ]
    assert (shown, hidden) == (2, 4)


def test_findings_without_a_common_cause_are_all_printed() -> None:
    found = {"event examples": [example("A")], "generated files": [GENERATED]}
    text, shown, hidden = folding.lines(found)
    assert (text[1], text[3], shown, hidden) == (f"  {example('A')}", f"  {GENERATED}", 2, 0)


def test_a_changed_type_of_a_shared_field_is_one_line(
    clone: Clone,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = {"detail": {"orderId": "o", "lines": [{"price": 1}]}}
    clone.write("orders/events/examples/OrderCreated.json", event)
    clone.write("orders/events/examples/OrderCreated-other.json", event)
    common = json.loads((clone.root / COMMON).read_text())
    common["definitions"]["Line"]["properties"]["price"] = {"type": "string", "minimum": 0}
    clone.write(COMMON, common)
    checks = {"event changes": check_changes, "event examples": check_examples}
    monkeypatch.setattr("tools.check.rules.__main__.CHECKS", checks)
    assert main([], clone.root) == 1
    heading, cause, *_, last = capsys.readouterr().out.splitlines()
    (line,) = (n for n, text in enumerate((clone.root / COMMON).read_text().splitlines(), 1) if '"price": {' in text)
    assert heading == "event changes: 1"
    assert cause.startswith(
        f"  {COMMON}:{line}: price may no longer be an integer, may now be a string: breaks OrderCre"
    )
    assert "consumed by loyalty - leave it unchanged and publish another event beside each, such as OrderCre" in cause
    assert last.startswith("lint: 1 findings; ")
    assert main(["--all"], clone.root) == 1
    assert FILE in capsys.readouterr().out


@pytest.mark.parametrize(
    ("schema", "line", "what"),
    [
        ("type Query {\n  a: Strng\n}\n", 2, "Unknown type 'Strng'. Did you mean 'String'"),
        ("type Query\n  a: String\n}\n", 2, "Syntax Error: Unexpected Name 'a'"),
        ("type Query {\n  a: String @aws_api_kye\n}\n", 2, "Unknown directive '@aws_api_kye'"),
        ('type Query {\n  """\n  What\n  it is\n  """\n  a: String  "b"  b: Strng\n}\n', 6, "Unknown type 'Strng'"),
        ("type Other { a: String }\n", 1, "Query root type must be provided"),
    ],
)
def test_a_wrong_graphql_schema_is_one_finding_with_its_line(
    make: MakeRepository, schema: str, line: int, what: str
) -> None:
    (finding,) = check_graphql(make({"users/schema.graphql": schema}))
    assert (finding.file, finding.line) == ("users/schema.graphql", line)
    assert finding.what.startswith(what)
    assert finding.todo


def test_a_sound_graphql_schema_has_no_finding(make: MakeRepository) -> None:
    schema = '# Doors.\n#\ntype Query {\n  "A door."\n  a(when: AWSDateTime): String @aws_api_key\n}\n'
    assert list(check_graphql(make({"users/schema.graphql": schema}))) == []


@pytest.mark.parametrize("value", ["!Ref Tabel", "!GetAtt Tabel.Arn", '!Sub "${Tabel}-x"'])
def test_a_wrong_name_in_a_template_is_one_finding(make: MakeRepository, value: str) -> None:
    repository = make({"orders/template.yaml": TEMPLATE.replace("VALUE", value)})
    found = [finding for finding in check_templates(repository) if "Tabel" in str(finding)]
    assert [(each.file, each.line, each.todo) for each in found] == [
        ("orders/template.yaml", 8, "correct the name, or add it")
    ]
    assert found[0].what.endswith("Tabel in this template")


def test_a_long_list_of_names_is_shortened_to_the_nearest() -> None:
    names = ", ".join(f"'Function{number}'" for number in range(40))
    message = f"'Tabel' is not one of [{names}, 'Table']\nfor GetAtt"
    assert shortened(message) == "'Tabel' is not one of 41 names; did you mean 'Table'? for GetAtt"
    assert shortened("'a' is not one of ['b', 'c']") == "'a' is not one of ['b', 'c']"
    assert len(shortened("x" * 5000)) < 310


def test_sam_validate_does_not_repeat_what_the_rules_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = discover()
    orders, payment = services["orders"], services["payment"]
    said: dict[str, Any] = {"tools.check.rules": "templates: 1\n  orders/template.yaml:3: there is no resource X\n"}
    monkeypatch.setattr(lint, "_run", lambda command: next((said[word] for word in command if word in said), None))
    findings = {service.template_path: f"{service.name}: sam says\n  very much" for service in (orders, payment)}
    monkeypatch.setattr(lint, "validate", lambda _templates: findings)
    with pytest.raises(Problem, match="lint failed: rules, template of orders, template of payment"):
        lint.lint([orders, payment])
    printed = capsys.readouterr().out
    assert "orders: sam says" not in printed
    assert "orders/template.yaml: `sam validate --lint` does not accept the template either" in printed
    assert "payment: sam says" in printed
