"""Schemas of bodies with references: what they name counts as if it stood there."""

import json

import pytest

from tools.local.aws.apigateway.body_validation import problem_of

LINE = {"type": "object", "required": ["units"], "properties": {"units": {"type": "integer", "minimum": 1}}}
SCHEMA = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"$ref": "#/definitions/a~1line", "type": "string"}}},
    "definitions": {"a/line": {"$ref": "#/definitions/line"}, "line": LINE},
}
TREE = {"$ref": "#/definitions/node", "definitions": {"node": {"properties": {"next": {"$ref": "#/definitions/node"},
        "units": {"type": "integer"}}}}}  # fmt: skip


@pytest.mark.parametrize("schema", [SCHEMA, json.dumps(SCHEMA)])
def test_a_reference_counts_as_what_it_names(schema: object) -> None:
    def problem(body: object) -> str | None:
        return problem_of(schema, json.dumps(body).encode(), required=True)  # type: ignore[arg-type]  # either kind

    assert problem({"lines": [{"units": 2}]}) is None
    assert problem({"lines": [{"units": 0}]}) == (
        "[/lines/0/units: numeric instance is lower than the required minimum (minimum: 1, found: 0)]"
    )
    assert problem({"lines": ["text"]}) == (
        '[/lines/0: instance type (string) does not match any allowed primitive type (allowed: ["object"])]'
    )


def test_a_schema_that_names_itself_is_followed() -> None:
    assert problem_of(TREE, b'{"next": {"next": {"units": 1}}}', required=True) is None
    assert "/next/next/units" in str(problem_of(TREE, b'{"next": {"next": {"units": "1"}}}', required=True))
