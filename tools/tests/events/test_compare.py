"""Each kind of change of a schema is classified, and compatible changes break no consumer and no producer."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from tools.events.compare import Breaks, breaking, compare
from tools.events.schema import flatten, whole

CONSUMERS, PRODUCERS, NOTHING = Breaks.CONSUMERS, Breaks.PRODUCERS, Breaks.NOTHING
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def thing(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


@pytest.mark.parametrize(
    ("old", "new", "path", "breaks"),
    [
        # fields
        (thing(a=TEXT), thing(a=TEXT, b=TEXT), "b", {NOTHING}),
        (thing(a=TEXT, b=TEXT), thing(a=TEXT), "b", {CONSUMERS}),
        (thing(a=TEXT), thing(("a",), a=TEXT), "a", {PRODUCERS}),
        (thing(("a",), a=TEXT), thing(a=TEXT), "a", {CONSUMERS}),
        (thing(a=TEXT), thing(("b",), a=TEXT, b=TEXT), "b", {NOTHING, PRODUCERS}),
        (thing(("a",)), thing(("a",), a=TEXT), "a", {PRODUCERS}),
        # types
        (thing(a=TEXT), thing(a={"type": ["string", "null"]}), "a", {CONSUMERS}),
        (thing(a={"type": ["string", "null"]}), thing(a=TEXT), "a", {PRODUCERS}),
        (thing(a=WHOLE), thing(a={"type": "number"}), "a", {CONSUMERS}),
        (thing(a={"type": "number"}), thing(a=WHOLE), "a", {PRODUCERS}),
        (thing(a=WHOLE), thing(a=TEXT), "a", {CONSUMERS, PRODUCERS}),
        (thing(a=TEXT), thing(a={}), "a", {CONSUMERS}),
        (thing(a={}), thing(a=TEXT), "a", {PRODUCERS}),
        (thing(a={"type": ["null", "string"]}), thing(a={"type": ["string", "null"]}), "a", set()),
        # enums: a value that is new reaches consumers that do not know it
        (thing(a={"enum": ["A"]}), thing(a={"enum": ["A", "B"]}), "a", {CONSUMERS}),
        (thing(a={"enum": ["A", "B"]}), thing(a={"enum": ["A"]}), "a", {PRODUCERS}),
        (thing(a={"enum": ["A", "B"]}), thing(a={"enum": ["B", "C"]}), "a", {CONSUMERS, PRODUCERS}),
        (thing(a={"enum": ["A"]}), thing(a=TEXT), "a", {CONSUMERS}),
        (thing(a=TEXT), thing(a={"enum": ["A"]}), "a", {PRODUCERS}),
        (thing(a=WHOLE), thing(a={"enum": ["A"]}), "a", {CONSUMERS, PRODUCERS}),
        (thing(a={"enum": ["A"]}), thing(a={"type": "string", "enum": ["A"]}), "a", set()),
        (thing(a={"enum": ["A", "B"]}), thing(a={"enum": ["B", "A"]}), "a", set()),
        # limits
        (thing(a={"minimum": 0}), thing(a={"minimum": -1}), "a", {CONSUMERS}),
        (thing(a={"minimum": 0}), thing(a={"minimum": 1}), "a", {PRODUCERS}),
        (thing(a={"minimum": 0}), thing(a={"minimum": 0, "exclusiveMinimum": True}), "a", {PRODUCERS}),
        (thing(a={"minimum": 0}), thing(a={}), "a", {CONSUMERS}),
        (thing(a={"maximum": 5}), thing(a={"maximum": 6}), "a", {CONSUMERS}),
        (thing(a={"maximum": 5}), thing(a={"maximum": 4}), "a", {PRODUCERS}),
        (thing(a={"maximum": 5, "exclusiveMaximum": True}), thing(a={"maximum": 5}), "a", {CONSUMERS}),
        (thing(a=TEXT), thing(a={**TEXT, "minLength": 1}), "a", {PRODUCERS}),
        (thing(a={**TEXT, "minLength": 1}), thing(a=TEXT), "a", {CONSUMERS}),
        (thing(a={**TEXT, "minLength": 0}), thing(a=TEXT), "a", set()),
        (thing(a={"maxLength": 5}), thing(a={}), "a", {CONSUMERS}),
        (thing(a={"minItems": 1}), thing(a={"minItems": 2}), "a", {PRODUCERS}),
        (thing(a={"maxItems": 1}), thing(a={"maxItems": 2}), "a", {CONSUMERS}),
        (thing(a={}), thing(a={"uniqueItems": True}), "a", {PRODUCERS}),
        # lists
        (thing(a={"items": TEXT}), thing(a={"items": WHOLE}), "a[]", {CONSUMERS, PRODUCERS}),
        (thing(a={"items": thing(b=TEXT)}), thing(a={"items": thing(("b",), b=TEXT)}), "a[].b", {PRODUCERS}),
        (thing(a={"type": "array"}), thing(a={"type": "array", "items": TEXT}), "a[]", {PRODUCERS}),
        (thing(a={"items": [TEXT]}), thing(a={"items": [WHOLE]}), "a", {CONSUMERS, PRODUCERS}),
        # what cannot be judged
        (thing(a={"pattern": "a"}), thing(a={"pattern": "b"}), "a", {CONSUMERS, PRODUCERS}),
        (thing(a={"items": [TEXT]}), thing(a={"items": TEXT}), "a", {CONSUMERS, PRODUCERS}),
        (thing(a={"oneOf": [TEXT, {}]}), thing(a={"oneOf": [TEXT]}), "a", {CONSUMERS, PRODUCERS}),
        (
            {"additionalProperties": False},
            {"additionalProperties": False, "patternProperties": {"^x": TEXT}},
            "the event",
            {CONSUMERS, PRODUCERS},
        ),
        # conditions of their own: one that comes admits less, one that goes admits more
        (thing(a=TEXT), thing(a={**TEXT, "pattern": "a"}), "a", {PRODUCERS}),
        (thing(a={**TEXT, "pattern": "a"}), thing(a=TEXT), "a", {CONSUMERS}),
        (thing(a={"format": "date-time"}), thing(a={}), "a", {CONSUMERS}),
        (thing(a={}), thing(a={"multipleOf": 5}), "a", {PRODUCERS}),
        (thing(a={}), thing(a={"not": TEXT}), "a", {PRODUCERS}),
        (thing(a={"not": TEXT}), thing(a={"not": WHOLE}), "a", {CONSUMERS, PRODUCERS}),
        (thing(a={}), thing(a={"items": [TEXT]}), "a", {PRODUCERS}),
        (thing(a={"items": [TEXT]}), thing(a={}), "a", {CONSUMERS}),
        # choices
        (thing(a={"anyOf": [TEXT]}), thing(a={"anyOf": [TEXT]}), "a", set()),
        (thing(a={"anyOf": [TEXT]}), thing(a={"anyOf": [TEXT, WHOLE]}), "a", {CONSUMERS}),
        (thing(a={"anyOf": [TEXT, WHOLE]}), thing(a={"anyOf": [WHOLE]}), "a", {PRODUCERS}),
        (thing(a={"anyOf": [TEXT, WHOLE]}), thing(a={"anyOf": [WHOLE, TEXT]}), "a", set()),
        (thing(a={"oneOf": [TEXT]}), thing(a={"oneOf": [TEXT, {"type": "null"}]}), "a", {CONSUMERS}),
        (thing(a={"anyOf": [TEXT, WHOLE]}), thing(a={"anyOf": [TEXT, {**WHOLE, "minimum": 1}]}), "a", {PRODUCERS}),
        (
            thing(a={"oneOf": [{"type": "null"}, thing(b=TEXT)]}),
            thing(a={"oneOf": [{"type": "null"}, thing()]}),
            "a.b",
            {CONSUMERS},
        ),
        # fields that no name is given for
        (thing(), {**thing(), "additionalProperties": True}, "", set()),
        (thing(), {**thing(), "additionalProperties": {}}, "", set()),
        (thing(), {**thing(), "additionalProperties": False}, "the event", {PRODUCERS}),
        ({**thing(), "additionalProperties": False}, thing(), "the event", {CONSUMERS}),
        (thing(), {**thing(), "additionalProperties": TEXT}, "*", {PRODUCERS}),
        (
            {**thing(), "additionalProperties": False},
            {**thing(a=TEXT), "additionalProperties": False},
            "a",
            {CONSUMERS},
        ),
        (
            {**thing(a=TEXT), "additionalProperties": False},
            {**thing(), "additionalProperties": False},
            "a",
            {CONSUMERS, PRODUCERS},
        ),
        (
            {**thing(), "additionalProperties": TEXT},
            {**thing(a=WHOLE), "additionalProperties": TEXT},
            "a",
            {CONSUMERS, PRODUCERS},
        ),
        # words
        (thing(a={**TEXT, "description": "x"}), thing(a={**TEXT, "description": "y"}), "a", {NOTHING}),
        ({"title": "a"}, {"title": "b"}, "the event", {NOTHING}),
        ({"x-ordering-key": "detail.a"}, {"x-ordering-key": "detail.b"}, "the event", {CONSUMERS}),
        ({}, {"x-ordering-key": "detail.b"}, "the event", {NOTHING}),
        # deep
        (thing(a=thing(b=thing(c=TEXT))), thing(a=thing(b=thing())), "a.b.c", {CONSUMERS}),
    ],
)
def test_a_change_is_classified_with_its_path(old: Any, new: Any, path: str, breaks: set[Breaks]) -> None:
    changes = compare(old, new)
    assert {change.breaks for change in changes} == breaks
    assert {change.path for change in changes} <= {path}


@pytest.mark.parametrize("schema", [{}, thing(a=TEXT), thing(("a",), a={"enum": [1]})])
def test_an_unchanged_schema_has_no_changes(schema: Any) -> None:
    assert compare(schema, schema) == []


def test_a_change_reads_as_a_sentence() -> None:
    (added,) = compare(thing(level={"enum": ["IN"]}), thing(level={"enum": ["IN", "LOW"]}))
    assert str(added) == "level may now be LOW: breaking for consumers"
    (kind,) = compare(thing(a=TEXT), thing(a={"type": ["string", "null", "integer"]}))
    assert str(kind) == "a may now be an integer or null: breaking for consumers"
    (limit,) = compare(thing(a={"maximum": 5}), thing(a={"maximum": 4, "exclusiveMaximum": True}))
    assert str(limit) == "a maximum allows less: 5 -> 4 (excluded): breaking for producers"


def test_a_change_of_a_common_type_is_a_change_of_all_that_use_it() -> None:
    schema = {"properties": {"detail": {"$ref": "common.json#/definitions/Line"}}}
    old, new = {"Line": thing(price=WHOLE)}, {"Line": thing(("price",), price=WHOLE)}
    (change,) = compare(whole(schema, old), whole(schema, new))
    assert str(change) == "detail.price is required now: breaking for producers"


def test_all_of_is_one_schema() -> None:
    """Moving fields between the parts of an `allOf` is no change."""
    apart = {"allOf": [thing(("a",), a=TEXT), thing(b=WHOLE)]}
    together = thing(("a",), a=TEXT, b=WHOLE)
    assert breaking(compare(flatten(apart), flatten(together))) == []


# --- what is called compatible is: tried with schemas and values by the thousand ---

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "x", "xy", 0.5]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
KINDS = st.sampled_from(["string", "integer", "number", "null", "boolean", "array", "object"])
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(KINDS, st.lists(KINDS, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
    },
)


def _wider(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "required": st.lists(NAMES, min_size=1, max_size=2, unique=True),
        "additionalProperties": st.one_of(st.booleans(), inner),
        "items": inner,
        "anyOf": st.lists(PLAIN, min_size=1, max_size=3),
        "oneOf": st.lists(PLAIN, min_size=1, max_size=3),
        "not": PLAIN,
        "type": st.sampled_from(["object", "array"]),
    }
    return st.one_of(inner, st.fixed_dictionaries({}, optional=optional))


SCHEMAS = st.recursive(PLAIN, _wider, max_leaves=4)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema and a version with a few changed keywords: unrelated schemas are never compatible."""
    old = draw(SCHEMAS)
    return old, draw(st.one_of(_changed(old), SCHEMAS))


def _changed(old: Any) -> st.SearchStrategy[Any]:
    if not old:
        return SCHEMAS
    without = st.sampled_from(sorted(old)).map(lambda key: {name: old[name] for name in old if name != key})
    more = PLAIN.map(lambda more: {**old, **more})

    def with_property(name: str, new: Any) -> dict[str, Any]:
        return {**old, "properties": {**old["properties"], name: new}}

    def with_members(key: str, members: list[Any]) -> dict[str, Any]:
        return {**old, key: members}

    inner = [_changed(schema).map(partial(with_property, name)) for name, schema in old.get("properties", {}).items()]
    grown = st.tuples(NAMES, SCHEMAS).map(
        lambda pair: {**old, "properties": {**old.get("properties", {}), pair[0]: pair[1]}}
    )
    for key in ("anyOf", "oneOf"):
        if key in old:
            members = old[key]
            lists = (
                st.permutations(members),
                st.tuples(st.just(members), PLAIN).map(lambda pair: [*pair[0], pair[1]]),
                st.tuples(st.just(members[1:]), PLAIN).map(lambda pair: [*pair[0], pair[1]]),
            )
            inner += [each.map(partial(with_members, key)) for each in lists]
    if len(old.get("enum", ())) > 1:
        inner.append(st.just({**old, "enum": old["enum"][1:]}))
        inner.append(st.just({**old, "enum": [*old["enum"], "new"]}))
    return st.one_of(without, more, grown, *inner)


def described(schema: Any, value: Any) -> Any:
    """The value without fields that the schema does not describe."""
    if isinstance(value, list):
        items = schema.get("items", {})
        return [described(items, item) for item in value] if items else value
    if not isinstance(value, dict):
        return value
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    others = rest if isinstance(rest, dict) else {}
    kept = {name for name in value if name in properties or name in schema.get("required", ()) or others}
    return {name: described(properties.get(name, others), value[name]) for name in kept}


def fits(schema: Any, value: Any) -> bool:
    return bool(Draft4Validator(schema).is_valid(value))


@settings(max_examples=400, deadline=None)
@given(pairs(), st.lists(VALUES, min_size=1, max_size=8))
def test_events_after_a_compatible_change_are_valid_for_old_consumers(pair: tuple[Any, Any], values: list[Any]) -> None:
    old, new = pair
    if not any(change.breaks is CONSUMERS for change in compare(old, new)):
        for value in values:
            assert fits(old, value) or not fits(new, value), f"{value} is new to consumers"


@settings(max_examples=400, deadline=None)
@given(pairs(), st.lists(VALUES, min_size=1, max_size=8))
def test_events_before_a_compatible_change_are_valid_after_it(pair: tuple[Any, Any], values: list[Any]) -> None:
    old, new = pair
    if not any(change.breaks is PRODUCERS for change in compare(old, new)):
        for value in (described(old, value) for value in values):
            assert fits(new, value) or not fits(old, value), f"{value} was sent before"
