"""Schemas and examples: complete, open, registered, described, with examples; each requirement is broken once."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.check.rules.event_examples import check_examples
from tools.check.rules.event_promises import check_promises
from tools.check.rules.event_schemas import check_schemas
from tools.check.rules.findings import Finding
from tools.tests.check.rules.conftest import Files, MakeRepository

DRAFT = "http://json-schema.org/draft-04/schema#"
COMMON = {
    "$schema": DRAFT,
    "definitions": {
        "Line": {
            "type": "object",
            "required": ["productId"],
            "properties": {"productId": {"type": "string", "description": "The product"}},
        }
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "title": "OrderCreated",
    "description": "An order was accepted",
    "x-ordering-key": "detail.orderId",
    "type": "object",
    "required": ["source", "detail-type", "resources", "detail"],
    "properties": {
        "source": {"enum": ["ecommerce.orders"]},
        "detail-type": {"enum": ["OrderCreated"]},
        "resources": {"type": "array", "items": {"type": "string"}, "description": "The order"},
        "detail": {
            "type": "object",
            "required": ["orderId", "products"],
            "properties": {
                "orderId": {"type": "string", "description": "The order"},
                "products": {
                    "type": "array",
                    "description": "The lines",
                    "items": {"$ref": "common.json#/definitions/Line"},
                },
            },
        },
    },
}
EXAMPLE: dict[str, Any] = {
    "version": "0",
    "id": "1",
    "time": "2026-03-01T09:30:00Z",
    "account": "111122223333",
    "region": "eu-west-1",
    "source": "ecommerce.orders",
    "detail-type": "OrderCreated",
    "resources": ["1"],
    "detail": {"orderId": "1", "products": [{"productId": "p"}], "metadata": {"eventId": "e"}},
}
TEMPLATE = """
Resources:
  OrderCreatedSchema:
    Type: AWS::EventSchemas::Schema
    Properties:
      SchemaName: ecommerce.orders@OrderCreated
      Type: JSONSchemaDraft4
      Content: "{{file:events/OrderCreated.json}}"
"""
SCHEMA_FILE = "orders/events/OrderCreated.json"
EXAMPLE_FILE = "orders/events/examples/OrderCreated.json"
SECOND_FILE = "orders/events/examples/OrderCreated-older-producer.json"
REFUSED_FILE = "orders/events/refused/OrderCreated-without-products.json"
REFUSED = {**EXAMPLE, "detail": {"orderId": "1"}}


def files(schema: Any = SCHEMA, example: Any = EXAMPLE, template: str = TEMPLATE) -> Files:
    return {
        "shared/schemas/common.json": COMMON,
        SCHEMA_FILE: schema,
        EXAMPLE_FILE: example,
        SECOND_FILE: EXAMPLE,
        REFUSED_FILE: REFUSED,
        "orders/template.yaml": template,
    }


def changed(value: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    made = copy.deepcopy(value)
    change(made)
    return made


def found(make: MakeRepository, content: Files) -> list[Finding]:
    repository = make(content)
    return [*check_schemas(repository), *check_promises(repository), *check_examples(repository)]


def test_accepted(make: MakeRepository) -> None:
    assert found(make, files()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: s.update({"$schema": "http://json-schema.org/draft-07/schema#"}), "does not declare draft 4"),
        (lambda s: s.update(title="Other"), "the title is not OrderCreated"),
        (lambda s: s.update(type="array"), "does not describe an object"),
        (lambda s: s.update(required=["source"]), "does not require detail-type, resources, detail"),
        (
            lambda s: s["properties"]["source"].update(enum=["ecommerce.users"]),
            "source can differ from ecommerce.orders",
        ),
        (lambda s: s["properties"].update({"detail-type": {"type": "string"}}), "detail-type can differ from"),
        (
            lambda s: s["properties"]["detail"].update(additionalProperties=False),
            "refuses unknown fields",
        ),
        (lambda s: s["properties"]["detail"]["required"].append("metadata"), "requires metadata"),
        (lambda s: s["properties"]["detail"].update(type="thing"), "is not a valid schema"),
        (lambda s: s["properties"]["detail"].update({"$ref": "common.json#/definitions/None"}), "does not exist"),
        (
            lambda s: s["properties"]["detail"].update({"$ref": "https://example.com/x"}),
            "refers to https://example.com/x",
        ),
    ],
)
def test_a_wrong_schema(make: MakeRepository, change: Any, expected: str) -> None:
    wrong = [each for each in found(make, files(schema=changed(SCHEMA, change))) if each.file == SCHEMA_FILE]
    assert any(expected in each.what for each in wrong), wrong


def test_a_finding_names_the_line(make: MakeRepository) -> None:
    schema = changed(SCHEMA, lambda s: s["properties"]["detail"].update(additionalProperties=False))
    repository = make(files(schema=schema))
    (finding,) = check_schemas(repository)
    assert "additionalProperties" in repository.text(SCHEMA_FILE).splitlines()[finding.line - 1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: e["detail"].update(orderId=1), "detail.orderId does not fit the schema"),
        (lambda e: e["detail"]["products"][0].pop("productId"), "detail.products.0 does not fit"),
        (lambda e: e.update(source="ecommerce.users"), "source does not fit"),
    ],
)
def test_a_wrong_example(make: MakeRepository, change: Any, expected: str) -> None:
    wrong = found(make, files(example=changed(EXAMPLE, change)))
    assert any(expected in each.what for each in wrong), wrong
    assert {each.file for each in wrong} == {EXAMPLE_FILE}


def test_an_example_that_is_valid_without_a_required_field(make: MakeRepository) -> None:
    """A branch that accepts everything makes `required` useless: the copies without a field find it."""

    def loosen(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [{"properties": schema.pop("properties"), "required": schema["required"]}, {}]
        schema["properties"] = {"detail": {"required": ["orderId"]}}
        del schema["anyOf"][0]["properties"]["detail"]["required"]

    wrong = found(make, files(schema=changed(SCHEMA, loosen)))
    assert any("fits with another source" in each.what for each in wrong), wrong


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (EXAMPLE_FILE, "has 1 of 2 examples that fit"),
        (SECOND_FILE, "has 1 of 2 examples that fit"),
        (REFUSED_FILE, "has 0 of 1 examples that must not fit"),
    ],
)
def test_a_schema_with_too_few_examples(make: MakeRepository, file: str, expected: str) -> None:
    content = files()
    del content[file]
    assert [each.what for each in found(make, content)] == [expected]


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        (EXAMPLE, "fits the schema"),
        ({**REFUSED, "source": "ecommerce.users"}, "breaks 2 rules"),
    ],
)
def test_a_refused_example_breaks_one_rule(make: MakeRepository, refused: dict[str, Any], expected: str) -> None:
    (wrong,) = found(make, {**files(), REFUSED_FILE: refused})
    assert wrong.file == REFUSED_FILE
    assert expected in wrong.what


def test_an_example_is_as_eventbridge_delivers_it(make: MakeRepository) -> None:
    (wrong,) = found(make, files(example=changed(EXAMPLE, lambda e: (e.pop("time"), e.pop("id")))))
    assert (wrong.file, wrong.what) == (EXAMPLE_FILE, "lacks id, time")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: s.pop("description"), "has no description of the event"),
        (lambda s: s.pop("x-ordering-key"), "names no ordering key"),
        (lambda s: s.update({"x-ordering-key": "detail.userId"}), "has no field detail.userId to order by"),
        (lambda s: s["properties"]["detail"].update(required=["products"]), "detail.orderId may be missing"),
        (lambda s: s["properties"]["resources"].pop("description"), "resources is not described"),
        (
            lambda s: s["properties"]["detail"]["properties"]["orderId"].update(description=" "),
            "detail.orderId is not described",
        ),
        (
            lambda s: s["properties"]["detail"]["properties"]["products"].update(
                items={"properties": {"productId": {"type": "string"}}, "required": ["productId"]}
            ),
            "detail.products.[].productId is not described",
        ),
    ],
)
def test_a_schema_that_explains_too_little(make: MakeRepository, change: Any, expected: str) -> None:
    assert [each.what for each in found(make, files(schema=changed(SCHEMA, change)))] == [expected]


def test_a_description_beside_a_reference_counts(make: MakeRepository) -> None:
    """The common type has no description; the field with this type has one."""

    def refer(schema: dict[str, Any]) -> None:
        properties = schema["properties"]["detail"]["properties"]
        properties["first"] = {"$ref": "common.json#/definitions/Line", "description": "The first line"}

    assert found(make, files(schema=changed(SCHEMA, refer))) == []


def test_the_name_of_an_event_is_one_services_own(make: MakeRepository) -> None:
    content = {**files(), "users/events/OrderCreated.json": SCHEMA}
    assert "OrderCreated is an event of users too" in [each.what for each in found(make, content)]


def test_an_example_without_a_schema(make: MakeRepository) -> None:
    content = {**files(), "orders/events/examples/OrderLost.json": EXAMPLE}
    assert [each.what for each in found(make, content)] == ["is an example of an event without a schema: OrderLost"]


def test_several_examples_of_one_event(make: MakeRepository) -> None:
    assert found(make, {**files(), "orders/events/examples/OrderCreated-large.json": EXAMPLE}) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Resources: {}", "is not in the registry"),
        (TEMPLATE.replace("@OrderCreated", "@OrderLost"), "ecommerce.orders@OrderLost has no file"),
        (TEMPLATE.replace("ecommerce.orders@", "ecommerce.users@"), "has no file"),
        (TEMPLATE.replace("JSONSchemaDraft4", "OpenApi3"), "is not draft 4"),
        (TEMPLATE.replace("events/OrderCreated.json", "events/Other.json"), "does not register"),
    ],
)
def test_the_registry_contains_the_files(make: MakeRepository, template: str, expected: str) -> None:
    wrong = found(make, files(template=template))
    assert any(expected in each.what for each in wrong), wrong


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\0", '{"a": 1,}', "[" * 20000, '{"title": 1, "title": 2}'])
@pytest.mark.parametrize("file", [SCHEMA_FILE, EXAMPLE_FILE, "shared/schemas/common.json"])
def test_a_broken_file_is_a_finding(make: MakeRepository, file: str, text: str) -> None:
    wrong = found(make, {**files(), file: text})
    assert [each for each in wrong if each.file == file], wrong
