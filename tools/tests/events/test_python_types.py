"""The types of events correspond to the schemas, and the files are up to date."""

import importlib
import subprocess
import sys
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import ROOT
from tools.events.__main__ import written
from tools.events.catalogue import Event, read_common, read_events
from tools.events.generate import MODELS, stale, write
from tools.events.python_types import as_docstring, modules

COMMON = {
    "Line": {
        "type": "object",
        "required": ["productId"],
        "properties": {
            "productId": {"type": "string", "description": "The product"},
            "size": {"$ref": "#/definitions/Size"},
        },
    },
    "Size": {"enum": ["S", "L"]},
}


def event(detail: Mapping[str, Any], **more: Any) -> Event:
    schema = {"description": "Something was sold.", "properties": {"detail": detail}, **more}
    return Event("Sold", "shop", "shop", Path("shop/events/Sold.json"), schema, COMMON, (), (), ())


def classes(detail: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, **more: Any) -> dict[str, Any]:
    """The generated module for an event with this detail, executed."""
    texts = modules([event(detail, **more)], COMMON)
    made: dict[str, Any] = {}
    for name in ("common", "shop"):
        module = type(sys)(f"ecom.contracts.{name}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(texts[f"{name}.py"], name, "exec"), module.__dict__)  # noqa: S102 - what we have just generated
        made |= module.__dict__
    return made


def hints(made: Mapping[str, Any], name: str) -> dict[str, Any]:
    return typing.get_type_hints(made[name])


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, str),
        ({"type": "integer"}, int),
        ({"type": "boolean"}, bool),
        ({"type": ["string", "null"]}, str | None),
        ({"type": ["null", "integer"]}, int | None),
        ({"enum": ["IN", "OUT"]}, typing.Literal["IN", "OUT"]),
        ({"type": "array", "items": {"type": "integer"}}, list[int]),
        ({"type": "array"}, list[Any]),
        ({"type": "object"}, dict[str, Any]),
        ({}, Any),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, Any),
    ],
)
def test_the_type_of_a_field(schema: Any, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = classes({"type": "object", "required": ["field"], "properties": {"field": schema}}, monkeypatch)
    assert hints(made, "Sold") == {"field": kind}


def test_an_optional_field_is_not_required(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = {"required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    made = classes(detail, monkeypatch)
    assert made["Sold"].__required_keys__ == {"a"}
    assert made["Sold"].__optional_keys__ == {"b"}


def test_common_types_are_shared_and_parts_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A detail that extends a common type has the fields of both; a referenced type has one name."""
    line = {"$ref": "common.json#/definitions/Line"}
    lines = {"required": ["lines"], "properties": {"lines": {"type": "array", "items": line}}}
    made = classes({"allOf": [line, lines]}, monkeypatch)
    kinds = hints(made, "Sold")
    assert typing.get_args(kinds.pop("lines")) == (made["Line"],)
    assert kinds == {"productId": str, "size": typing.Literal["S", "L"]}
    assert made["Sold"].__required_keys__ == {"productId", "lines"}


def test_nested_objects_and_definitions_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = {
        "properties": {
            "from": {"type": "object", "properties": {"city": {"type": "string"}}},
            "to": {"$ref": "#/definitions/Place"},
        }
    }
    made = classes(detail, monkeypatch, definitions={"Place": {"properties": {"city-name": {"type": "string"}}}})
    assert hints(made, "Sold") == {"from": made["SoldFrom"], "to": made["Place"]}
    assert hints(made, "Place") == {"city-name": str}


def test_a_type_that_holds_itself_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {"properties": {"inner": {"$ref": "#/definitions/Tree"}}}
    made = classes({"properties": {"tree": {"$ref": "#/definitions/Tree"}}}, monkeypatch, definitions={"Tree": tree})
    assert hints(made, "Tree") == {"inner": Any}


def test_the_complete_event_is_typed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made = classes({"properties": {"a": {"type": "string"}}}, monkeypatch)
    assert hints(made, "SoldEvent")["detail"] is made["Sold"]
    assert made["SoldEvent"].__required_keys__ == {"source", "detail-type", "resources", "detail"}


def test_the_files_are_the_generated_ones() -> None:
    assert [str(path) for path in stale()] == [], "run `python -m tools.events generate`"


def test_every_event_of_the_checkout_has_a_type() -> None:
    for found in read_events():
        module = importlib.import_module(f"ecom.contracts.{found.service.replace('-', '_')}")
        kinds = getattr(module, found.name)
        required = found.whole["properties"]["detail"].get("required", ())
        assert kinds.__required_keys__ == set(required), found.name


def test_a_changed_file_is_found_and_written_again(tmp_path: Path) -> None:
    (tmp_path / "shop" / "events").mkdir(parents=True)
    (tmp_path / "shop" / "metadata.yaml").write_text("name: shop\ndescription: A shop\n")
    (tmp_path / "shop" / "template.yaml").write_text("Resources: { Topic: { Type: AWS::SNS::Topic } }\n")
    text = '{"properties": {"detail": {"properties": {"a": {"type": "string"}}}}}'
    (tmp_path / "shop" / "events" / "Sold.json").write_text(text)
    assert MODELS / "shop.py" in write(tmp_path)
    assert list(stale(tmp_path)) == []
    (tmp_path / MODELS / "shop.py").write_text("edited")
    (tmp_path / MODELS / "gone.py").write_text("of a service that is no more")
    assert list(stale(tmp_path)) == [MODELS / "shop.py", MODELS / "gone.py"]
    changed = write(tmp_path)
    assert list(stale(tmp_path)) == []
    assert written(changed, tmp_path) == f"wrote {MODELS / 'shop.py'}; removed {MODELS / 'gone.py'}"
    assert written([]) == "everything is up to date"


def test_the_models_need_nothing_but_typing() -> None:
    """They are part of every consumer's package: each import costs time at a cold start."""
    texts = modules(read_events(), read_common())
    imported = {
        line.split()[1]
        for text in texts.values()
        for line in text.splitlines()
        if line.startswith(("from ", "import "))
    }
    assert imported == {"typing", "ecom.contracts.common"}
    assert (ROOT / MODELS / "__init__.py").is_file()


@pytest.mark.parametrize("length", [*range(108, 116), 119, 120, 121, 240])
def test_a_description_of_any_length_is_written_as_ruff_would(length: int) -> None:
    """Otherwise `make lint` would report a generated file."""
    words = ("abcdefghi " * 30)[: length - 1].rstrip().ljust(length - 1, "x") + "."
    text = "\n".join(["class Sold(TypedDict):", *as_docstring(words), "", "    id: str", ""])
    ruff = [sys.executable, "-m", "ruff", "format", "--config", str(ROOT / "pyproject.toml"), "-"]
    assert subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout == text
