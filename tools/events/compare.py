"""The changes between two versions of a schema, and what they break. A pure function of two documents.

A consumer validates events with the schema of the time when it was built. Older events of a producer, and events that
the archive replays, are validated with the present schema. So a change is

- breaking for consumers, when it allows events that the old schema refused or did not describe: a field is no longer
  described or no longer required, a type is wider, an enum has a new value, a limit was removed;
- breaking for producers, when it refuses events that the old schema allowed: a field is required, a type or an enum is
  narrower, a limit is new;
- compatible otherwise: a new optional field, and descriptions.

A new optional field is compatible, although an older producer may have sent another value under its name: a schema
promises nothing about fields that it does not describe.

A condition of another kind (a pattern, `not`, `dependencies`) allows less when it is added and more when it is removed.
The effect of a changed one is unknown: it is breaking for both. The members of `anyOf` are compared, and those of a
`oneOf` whose types differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from jsonschema import Draft4Validator

from tools.events.schema import Schema, types


class Breaks(Enum):
    """What a change breaks."""

    NOTHING = "compatible"
    CONSUMERS = "breaking for consumers"
    PRODUCERS = "breaking for producers"


@dataclass(frozen=True)
class Change:
    """One difference. `path` is its place in the expanded schema: `detail.products[].price`."""

    path: str
    what: str
    breaks: Breaks

    def __str__(self) -> str:
        return f"{self.path} {self.what}: {self.breaks.value}"


# Keywords that do not restrict values.
WORDS = frozenset(("title", "description", "$schema", "id", "default", "x-ordering-key"))
# Keywords that are compared by their meaning; all others are compared for equality.
UPPER, LOWER = ("maximum", "maxLength", "maxItems", "maxProperties"), ("minLength", "minItems", "minProperties")
JUDGED = frozenset(
    ("type", "enum", "required", "properties", "additionalProperties", "items", "uniqueItems", *UPPER, *LOWER)
)
CHOICES = ("anyOf", "oneOf")
LIMITS = frozenset(("minimum", "exclusiveMinimum", "exclusiveMaximum"))
NOWHERE = float("inf")


def compare(old: Schema, new: Schema) -> list[Change]:
    """The changes between two schemas that were expanded and flattened (`tools.events.schema.whole`)."""
    return sorted(set(_compare(old, new, "")), key=lambda change: (change.path, change.what, change.breaks.value))


def breaking(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.breaks is not Breaks.NOTHING]


def _compare(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    if old == new:
        return
    yield from _words(old, new, path)
    if "enum" in old or "enum" in new:
        yield from _enum(old, new, path)
        return
    yield from _types(old, new, path)
    yield from _limits(old, new, path)
    yield from _fields(old, new, path)
    yield from _others(old, new, path)
    yield from _items(old, new, path)
    for key in sorted((set(old) | set(new)) - WORDS - JUDGED - LIMITS):
        if key == "patternProperties" and old.get(key) != new.get(key) and not (_is_open(old) and _is_open(new)):
            yield from _unjudged(key, path)  # here it describes the fields that are not listed
        elif key not in old:
            yield Change(_text(path), f"has {key} now, which allows less", Breaks.PRODUCERS)
        elif key not in new:
            yield Change(_text(path), f"has no {key} any more, which allows more", Breaks.CONSUMERS)
        elif old[key] != new[key]:
            judge = _choices if key in CHOICES else None
            yield from judge(key, old[key], new[key], path) if judge else _unjudged(key, path)


def _unjudged(key: str, path: str) -> Iterator[Change]:
    for breaks in (Breaks.CONSUMERS, Breaks.PRODUCERS):
        yield Change(_text(path), f"{key} changed, with unknown effect", breaks)


def _choices(key: str, old: list[Schema], new: list[Schema], path: str) -> Iterator[Change]:
    """An added member allows more, a removed one less; a changed one is compared."""
    if key == "oneOf" and not (_are_apart(old) and _are_apart(new)):
        yield from _unjudged(key, path)
        return
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if len(gone) == len(come) == 1:
        yield from _compare(gone[0], come[0], path)
        return
    if come:
        yield Change(_text(path), f"{key} has {len(come)} more, which allows more", Breaks.CONSUMERS)
    if gone:
        yield Change(_text(path), f"{key} has {len(gone)} less, which allows less", Breaks.PRODUCERS)


def _are_apart(members: list[Schema]) -> bool:
    """Do the types alone exclude that a value fits two of them?"""
    kinds = [types(member) for member in members]
    return sum(map(len, kinds)) == len(frozenset().union(*kinds))


def _words(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for key in sorted(WORDS):
        if old.get(key) != new.get(key):
            # Consumers order events by this key.
            breaks = Breaks.CONSUMERS if key == "x-ordering-key" and key in old else Breaks.NOTHING
            yield Change(_text(path), f"{key} changed", breaks)


def _enum(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    """Lists of values are compared value by value; an added or removed list with the other allowed values."""
    if "enum" in new:
        added = [value for value in new["enum"] if _admits(new, value) and not _admits(old, value)]
        if added:
            yield Change(_text(path), f"may now be {_values(added)}", Breaks.CONSUMERS)
    else:
        yield Change(_text(path), "may now be other than the values listed before", Breaks.CONSUMERS)
    if "enum" in old:
        removed = [value for value in old["enum"] if _admits(old, value) and not _admits(new, value)]
        if removed:
            yield Change(_text(path), f"may no longer be {_values(removed)}", Breaks.PRODUCERS)
    else:
        yield Change(_text(path), f"may only be {_values(new['enum'])} now", Breaks.PRODUCERS)


def _admits(schema: Schema, value: Any) -> bool:
    return bool(Draft4Validator(schema).is_valid(value))


def _types(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = types(old), types(new)
    if after - before:
        yield Change(_text(path), f"may now be {_kinds(after - before)}", Breaks.CONSUMERS)
    if before - after:
        yield Change(_text(path), f"may no longer be {_kinds(before - after)}", Breaks.PRODUCERS)


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    """Limits of numbers, lengths and sizes: wider ones break consumers, narrower ones producers."""
    places: dict[str, tuple[Any, Any]] = {key: (_low(old, key), _low(new, key)) for key in LOWER}
    places |= {key: (_high(old, key), _high(new, key)) for key in UPPER}
    places["minimum"] = (_low(old, "minimum"), _low(new, "minimum"))
    places["uniqueItems"] = ((bool(old.get("uniqueItems")),), (bool(new.get("uniqueItems")),))
    for key, (before, after) in sorted(places.items()):
        # As numbers that grow when less is allowed.
        if after < before:
            yield Change(_text(path), f"{key} allows more: {_limit(old, key)} -> {_limit(new, key)}", Breaks.CONSUMERS)
        if after > before:
            yield Change(_text(path), f"{key} allows less: {_limit(old, key)} -> {_limit(new, key)}", Breaks.PRODUCERS)


def _low(schema: Schema, key: str) -> tuple[float, bool]:
    none = -NOWHERE if key == "minimum" else 0
    return (schema.get(key, none), key == "minimum" and key in schema and bool(schema.get("exclusiveMinimum")))


def _high(schema: Schema, key: str) -> tuple[float, bool]:
    return (-schema.get(key, NOWHERE), key == "maximum" and key in schema and bool(schema.get("exclusiveMaximum")))


def _limit(schema: Schema, key: str) -> str:
    excluded = schema.get(f"exclusive{key[:1].upper()}{key[1:]}") is True
    return f"{schema[key]}{' (excluded)' if excluded else ''}" if key in schema else "none"


def _fields(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before: Mapping[str, Schema] = old.get("properties", {})
    after: Mapping[str, Schema] = new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(needed - needs):
        yield Change(_field(path, name), "is no longer required", Breaks.CONSUMERS)
    for name in sorted(needs - needed):
        yield Change(_field(path, name), "is required now", Breaks.PRODUCERS)
    for name in sorted(set(before) - set(after)):
        yield Change(_field(path, name), "is no longer described", Breaks.CONSUMERS)
        rest = _other_fields(new)
        if rest is None:
            yield Change(_field(path, name), "is refused now", Breaks.PRODUCERS)
        elif rest:
            yield from _compare(before[name], rest, _field(path, name))
    for name in sorted(set(after) - set(before)):
        rest = _other_fields(old)
        if rest is None:
            yield Change(_field(path, name), "is new, and was refused before", Breaks.CONSUMERS)
        elif rest or name in needed:  # older events may contain it, with the type of undescribed fields
            yield from _compare(rest, after[name], _field(path, name))
        else:
            yield Change(_field(path, name), "is new", Breaks.NOTHING)
    for name in sorted(set(before) & set(after)):
        yield from _compare(before[name], after[name], _field(path, name))


def _others(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    """Fields that the schema does not name."""
    before, after = _other_fields(old), _other_fields(new)
    if before is None and after is not None:
        yield Change(_text(path), "may now have fields that it does not describe", Breaks.CONSUMERS)
    elif before is not None and after is None:
        yield Change(_text(path), "refuses fields that it does not describe", Breaks.PRODUCERS)
    elif before is not None and after is not None:
        yield from _compare(before, after, _field(path, "*"))


def _other_fields(schema: Schema) -> Schema | None:
    """The schema of fields that are not named; None when they are refused."""
    rest = schema.get("additionalProperties", True)
    return rest if isinstance(rest, Mapping) else ({} if rest else None)


def _is_open(schema: Schema) -> bool:
    return _other_fields(schema) == {}


def _items(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("items", {}), new.get("items", {})
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _compare(before, after, f"{path}[]")
    elif not before:
        yield Change(_text(path), "has an order of items now, which allows less", Breaks.PRODUCERS)
    elif not after:
        yield Change(_text(path), "has no order of items any more, which allows more", Breaks.CONSUMERS)
    elif before != after:
        yield from _unjudged("items", path)


def _field(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text(path: str) -> str:
    return path or "the event"


def _values(values: list[Any]) -> str:
    return ", ".join(map(str, values))


def _kinds(kinds: frozenset[str]) -> str:
    plain = sorted(kinds - {"integer"} if "number" in kinds else kinds)
    return " or ".join(kind if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}" for kind in plain)
