"""The part of CloudFormation's `AWS::LanguageExtensions` that our templates use: `Fn::ForEach`.

`expanded` is the one place where our tools learn what a template with loops contains. The packager uses it too, so
CloudFormation receives a template without loops (docs/adr/0018-loops-in-templates.md). A use that AWS refuses, or
whose result AWS does not document, raises with its name. Not supported, since no template needs it: collections
that are not written out, a loop in a loop, and the other functions and attributes that the transform adds.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.project.problems import Problem

TRANSFORM = "AWS::LanguageExtensions"
SAM = "AWS::Serverless-2016-10-31"
LOOP = "Fn::ForEach::"
SECTIONS = ("Conditions", "Resources", "Outputs")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")
_PLACEHOLDER = re.compile(r"([$&])\{(\w+)\}")


def expanded(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template with a resource, condition, output or property for each item of each loop, and without the
    transform. The same template, when it has no loops. Raises Problem."""
    transforms = _transforms(template)
    _check_places(template, declared=TRANSFORM in transforms)
    if TRANSFORM not in transforms:
        return dict(template)
    if SAM in transforms and transforms.index(SAM) < transforms.index(TRANSFORM):
        raise Problem(f"Transform: {TRANSFORM} must come before {SAM}")
    names = [key for section in SECTIONS for key in _loops(template.get(section))]
    for name in names:
        if names.count(name) > 1 or name.removeprefix(LOOP) in (template.get("Resources") or {}):
            raise Problem(f"{name}: the name of a loop must be unique and not the logical id of a resource")
    kept = [name for name in transforms if name != TRANSFORM]
    whole = {key: value for key, value in template.items() if key != "Transform"}
    if kept:
        whole = {**whole, "Transform": kept[0] if len(kept) == 1 else kept}
    mappings = template.get("Mappings") or {}
    for section in SECTIONS:
        if section in template:
            whole[section] = _unrolled(template[section], mappings, ids=True)
    return whole


def _transforms(template: Mapping[str, Any]) -> list[Any]:
    given = template.get("Transform") or []
    return given if isinstance(given, list) else [given]


def _loops(node: Any) -> Iterator[str]:
    """The keys of all loops inside a node."""
    for key, value in node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(key, str) and key.startswith(LOOP):
            yield key
        yield from _loops(value)


def _check_places(template: Mapping[str, Any], *, declared: bool) -> None:
    for section, value in template.items():
        for name in _loops(value):
            if not declared:
                raise Problem(f"{name}: add {TRANSFORM} to Transform, before {SAM}")
            if section not in SECTIONS:
                raise Problem(f"{name}: a loop can be in {', '.join(SECTIONS)} only, not in {section}")


def _unrolled(node: Any, mappings: Mapping[str, Any], *, ids: bool = False) -> Any:
    """The node with the entries of its loops in their place. `ids`: its keys are logical ids."""
    if isinstance(node, list):
        return [_unrolled(item, mappings) for item in node]
    if not isinstance(node, Mapping):
        return node
    made: dict[Any, Any] = {}
    for key, value in node.items():
        if _needs_transform(key, value):
            raise Problem(f"{key}: {value} is not supported outside of a loop")
        is_loop = isinstance(key, str) and key.startswith(LOOP)
        for name, body in _entries(key, value, mappings) if is_loop else [(key, _unrolled(value, mappings))]:
            if name in made:
                raise Problem(f"{key}: {name} exists already")
            if is_loop and ids and not _LOGICAL_ID.fullmatch(name):
                raise Problem(f"{key}: the logical id {name} may have letters and digits only; use &{{...}}")
            made[name] = body
    return made


def _needs_transform(key: Any, value: Any) -> bool:
    """Does CloudFormation need the transform for this entry, which the result no longer declares?"""
    match key, value:
        case ("Fn::Length" | "Fn::ToJsonString", _):
            return True
        case ("Ref" | "DeletionPolicy" | "UpdateReplacePolicy", _):
            return not isinstance(value, str)
        case ("Fn::GetAtt", [resource, *_]):
            return not isinstance(resource, str)
        case ("Fn::FindInMap", [_, _, _, _]):
            return True
    return False


def _entries(loop: str, body: Any, mappings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    match body:
        case [str(identifier), [*items], {**fragment}] if items and fragment:
            if not all(isinstance(item, str) for item in items):
                raise Problem(f"{loop}: the collection must be a list of texts")
        case _:
            raise Problem(f"{loop}: write [identifier, [item, ...], {{name with ${{identifier}}: ...}}]")
    for nested in _loops(fragment):
        raise Problem(f"{nested}: a loop in a loop is not supported here")
    for item in items:
        one = _Iteration(loop, identifier, item, mappings)
        for key, value in fragment.items():
            name = one.filled(str(key))
            if name == key:
                raise Problem(f"{loop}: {key} must contain ${{{identifier}}} or &{{{identifier}}}")
            yield name, _unrolled(one.value(value), mappings)


@dataclass(frozen=True)
class _Iteration:
    """One item of one loop. The identifier is replaced in the keys of the fragment, in `Ref` and in `Fn::Sub`; in
    other texts AWS leaves it alone, which is never what was meant."""

    loop: str
    identifier: str
    item: str
    mappings: Mapping[str, Any]

    def filled(self, text: str, kinds: str = "$&") -> str:
        def item(match: re.Match[str]) -> str:
            if match[2] != self.identifier or match[1] not in kinds:
                return match[0]
            return self.item if match[1] == "$" else re.sub(r"[^A-Za-z0-9]", "", self.item)

        return _PLACEHOLDER.sub(item, text)

    def value(self, node: Any) -> Any:
        match node:
            case str():
                return self._plain(node)
            case list():
                return [self.value(item) for item in node]
            case {"Ref": name, **others} if not others:
                name = self._name(name)
                return self.item if name == self.identifier else {"Ref": name}
            case {"Fn::GetAtt": [resource, attribute], **others} if not others:
                return {"Fn::GetAtt": [self._name(resource), self._name(attribute)]}
            case {"Fn::FindInMap": [*path], **others} if not others:
                return self._found([self.value(key) for key in path])
            case {"Fn::Sub": [str(text), {**variables}], **others} if not others:
                return {"Fn::Sub": [self.filled(text, "$"), self.value(variables)]}
            case {"Fn::Sub": str(text), **others} if not others:
                text = self.filled(text, "$")
                return {"Fn::Sub": text} if "${" in text else text
            case {**members}:
                return {self._plain(key): self.value(value) for key, value in members.items()}
        return node

    def _plain(self, text: Any) -> Any:
        if isinstance(text, str) and self.filled(text) != text:
            raise Problem(f"{self.loop}: {text} is replaced in Fn::Sub only; write !Sub")
        return text

    def _name(self, node: Any) -> str:
        name = node if isinstance(node, str) else self.value(node)
        if not isinstance(name, str):
            raise Problem(f"{self.loop}: Ref and Fn::GetAtt need a name that the loop makes known, not {node}")
        return name

    def _found(self, path: list[Any]) -> Any:
        if not all(isinstance(key, str) for key in path):
            return {"Fn::FindInMap": path}  # known when the stack is deployed
        found: Any = self.mappings
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                raise Problem(f"{self.loop}: Mappings has no {'.'.join(path)}")
            found = found[key]
        return copy.deepcopy(found)
