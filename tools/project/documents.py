"""Read YAML (with CloudFormation's tags), JSON and text. Each error is one line with file and line number."""

import json
from pathlib import Path
from typing import Any

import yaml

from tools import ROOT
from tools.project.problems import Problem


def relative(path: Path) -> str:
    """The path from the checkout's root, for messages; a path outside of it as it is."""
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(path)


# The parser and the writer in C are ten and five times faster, but not in every build of PyYAML.
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class TemplateLoader(_Base):  # type: ignore[valid-type, misc]  # the base is C's or Python's, whichever is there
    """YAML as CloudFormation reads it: short tags become maps, dates stay text, and a repeated key is an error."""


def _mapping(loader: TemplateLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if not isinstance(key, str | int | float | bool | None):
            raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
        if key in seen and key != "<<":
            raise yaml.constructor.ConstructorError(None, None, f"the key {key} is repeated", key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    built: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return built


FUNCTIONS = frozenset(
    [
        "And",
        "Base64",
        "Cidr",
        "Condition",
        "Equals",
        "FindInMap",
        "GetAZs",
        "GetAtt",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Ref",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    ]
)


def _intrinsic(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if suffix not in FUNCTIONS:
        raise yaml.constructor.ConstructorError(None, None, f"there is no function !{suffix}", node.start_mark)
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = _mapping(loader, node)
    return {name: value}


TemplateLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
TemplateLoader.add_multi_constructor("!", _intrinsic)
TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{relative(path)}: the file is missing") from None
    except UnicodeDecodeError:
        raise Problem(f"{relative(path)}: the file is not UTF-8 text") from None
    except OSError as error:
        raise Problem(f"{relative(path)}: cannot be read ({error.strerror})") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """The document. Raises a Problem when it is not a map."""
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """The document in the text of that file."""
    try:
        document = yaml.load(text, Loader=TemplateLoader)  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        location = f"{relative(path)}:{mark.line + 1}" if mark else relative(path)
        raise Problem(f"{location}: not valid YAML: {error.problem or error.context}; correct the line") from None
    except yaml.YAMLError as error:
        raise Problem(f"{relative(path)}: not valid YAML: {' '.join(str(error).split())}; correct the file") from None
    if not isinstance(document, dict):
        raise Problem(f"{relative(path)}:1: the document must be a map")
    return document


def read_json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise Problem(f"{relative(path)}:{error.lineno}: not valid JSON: {error.msg}; correct the line") from None


def line_of(path: Path, *keys: str) -> int:
    """The line of a key in a YAML file, such as `line_of(template, "Parameters", "Topic")`; 1 when it is missing."""
    node = yaml.compose(read_text(path), Loader=TemplateLoader)
    line = 1
    for key in keys:
        found = next(
            (pair for pair in getattr(node, "value", []) if isinstance(pair, tuple) and pair[0].value == key), None
        )
        if found is None:
            return line
        line, node = found[0].start_mark.line + 1, found[1]
    return line
