"""Values of a template: the branches of `Fn::If`, the texts of intrinsic functions, and references."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCE = re.compile(r"\$\{([^!}][^}]*)\}")
Path = list[str | int]


def alternatives(value: Any) -> Iterator[Any]:
    """Every value that `Fn::If` may choose; None where it chooses AWS::NoValue or the property is absent."""
    if isinstance(value, Mapping) and len(value) == 1:
        if "Fn::If" in value:
            choice = value["Fn::If"]
            for branch in choice[1:] if isinstance(choice, list) else ():
                yield from alternatives(branch)
            return
        if value.get("Ref") == "AWS::NoValue":
            yield None
            return
    yield value


def always(value: Any) -> bool:
    """Is there a value for every outcome of the conditions?"""
    return all(each not in (None, "", [], {}) for each in alternatives(value))


def always_true(value: Any) -> bool:
    return all(str(each).lower() == "true" for each in alternatives(value))


def at(value: Any, *keys: str) -> Any:
    """The value down a path of keys; a conditional step gives a conditional value, a missing one None."""
    if not keys:
        return value
    if isinstance(value, Mapping) and "Fn::If" in value and isinstance(value["Fn::If"], list):
        condition, *branches = value["Fn::If"]
        return {"Fn::If": [condition, *(at(branch, *keys) for branch in branches)]}
    return at(value[keys[0]], *keys[1:]) if isinstance(value, Mapping) and keys[0] in value else None


def as_list(value: Any) -> list[Any]:
    """A single value counts as a list of one; absence as an empty one. Conditional elements are all listed."""
    items = value if isinstance(value, list) else [value]
    found: list[Any] = []
    for item in items:
        for each in alternatives(item):
            found += as_list(each) if isinstance(each, list) else [each] if each is not None else []
    return found


def text_of(value: Any) -> str:
    """A string as `Fn::Sub` would write it, so that two can be compared: `Ref` and `Fn::GetAtt` become `${...}`."""
    if isinstance(value, str | int):
        return str(value)
    if not isinstance(value, Mapping) or len(value) != 1:
        return ""
    (name, argument), *_ = value.items()
    if name == "Ref":
        return f"${{{argument}}}"
    if name == "Fn::GetAtt":
        return "${%s}" % (".".join(map(str, argument)) if isinstance(argument, list) else argument)
    if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
        return text_of(argument[0]).join(text_of(part) for part in as_list(argument[1]))
    if name == "Fn::Sub":
        return _substituted(argument)
    return ""


def _substituted(argument: Any) -> str:
    if not isinstance(argument, list):
        return text_of(argument)
    text, variables = text_of(argument[0]), argument[1] if len(argument) > 1 else {}
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", text_of(value))
    return text


def references(value: Any) -> set[str]:
    """What a value refers to: `Name`, `Name.Attribute`."""
    found: set[str] = set()
    for _, leaf in leaves(value):
        found.update(_REFERENCE.findall(leaf))
    return found


def leaves(value: Any, path: Path | None = None) -> Iterator[tuple[Path, str]]:
    """Every text inside a value with its path; `Ref`, `GetAtt` and `Sub` appear as one text."""
    here = path or []
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join"):
            yield here, text_of(value)
            return
        for key, inner in value.items():
            yield from leaves(inner, [*here, key])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, [*here, index])
    elif isinstance(value, str):
        yield here, value
