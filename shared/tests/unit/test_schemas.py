"""Schemas are bundled with the definitions that they use; an error names the place and the rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom.errors import InvalidEvent
from ecom.schemas import Schemas, bundle

COMMON = {
    "definitions": {
        "Price": {"type": "integer", "minimum": 0},
        "Line": {"type": "object", "required": ["price"], "properties": {"price": {"$ref": "#/definitions/Price"}}},
        "Unused": {"type": "string"},
    }
}


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    (tmp_path / "common.json").write_text(json.dumps(COMMON))
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "required": ["lines"],
        "properties": {
            "lines": {"type": "array", "items": {"$ref": "common.json#/definitions/Line"}},
            "own": {"$ref": "#/definitions/Own"},
        },
        "definitions": {"Own": {"enum": ["a"]}},
    }
    (tmp_path / "Sold.json").write_text(json.dumps(schema))
    return Schemas(tmp_path, common=tmp_path / "common.json")


def test_a_bundled_schema_is_self_contained(schemas: Schemas) -> None:
    document = schemas.document("Sold")
    assert set(document["definitions"]) == {"Own", "Line", "Price"}
    assert "common.json" not in json.dumps(document)


@pytest.mark.parametrize("value", [{"lines": []}, {"lines": [{"price": 0, "more": 1}], "own": "a", "extra": None}])
def test_a_valid_value_passes_with_extra_fields(schemas: Schemas, value: Any) -> None:
    schemas.check("Sold", value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({}, "lines"),
        ({"lines": [{"price": 1}, {}]}, r"lines\[1\]"),
        ({"lines": [{"price": -1}]}, r"lines\[0\]\.price"),
        ({"lines": [], "own": "b"}, "own"),
        ([], "object"),
    ],
)
def test_an_invalid_value_is_refused_with_its_path(schemas: Schemas, value: Any, place: str) -> None:
    with pytest.raises(InvalidEvent, match=place):
        schemas.check("Sold", value)


def test_the_reason_does_not_contain_the_value(schemas: Schemas) -> None:
    with pytest.raises(InvalidEvent) as refused:
        schemas.check("Sold", {"lines": [{"price": "canary@example.com"}]})
    assert "canary" not in refused.value.message


def test_an_unknown_schema_or_definition_is_named(schemas: Schemas, tmp_path: Path) -> None:
    with pytest.raises(InvalidEvent, match="Bought"):
        schemas.check("Bought", {})
    with pytest.raises(InvalidEvent, match="Nothing"):
        bundle({"$ref": "common.json#/definitions/Nothing"}, tmp_path / "common.json")


@pytest.mark.parametrize("name", ["", "a" * 5000, "../Sold", "canary@example.com", "A\\x00", "Sold/../Sold", "Sold\\n"])
def test_an_impossible_name_is_refused_without_repeating_it(schemas: Schemas, name: str) -> None:
    with pytest.raises(InvalidEvent, match=r"^the detail-type is not a schema name$"):
        schemas.check(name, {"lines": []})
