"""YAML and JSON files with the line of everything in them. A file that does not parse is a finding."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from tools.lint.findings import Finding, Repository

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    file: str
    data: Any
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def finding(self, path: Path, what: str, todo: str) -> Finding:
        return Finding(self.file, self.line(*path), what, todo)


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short tags: `!Sub x` is `{"Fn::Sub": "x"}`."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None}


_Loader.add_multi_constructor("!", _intrinsic)
# `2026-01-01` stays what was written: no document of ours means a date object.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(repository: Repository, file: str) -> Document | Finding:
    text = repository.text(file)
    try:
        data = json.loads(text) if file.endswith(".json") else None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        return Finding(file, line, f"is not JSON: {getattr(error, 'msg', error)}", "mend the syntax")
    try:
        lines, parsed = _parse(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if file.endswith(".json"):
            return Document(file, data, {})  # JSON with tabs, say: valid, but its lines are unknown
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return Finding(file, mark.line + 1 if mark else 1, f"is not YAML: {problem}", "mend the syntax")
    return Document(file, data if file.endswith(".json") else parsed, lines)


def _parse(text: str) -> tuple[dict[Path, int], Any]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return (dict(_lines(node, ())), loader.construct_document(node)) if node else ({}, None)
    finally:
        loader.dispose()


def _lines(node: yaml.Node, path: Path, depth: int = 0) -> list[tuple[Path, int]]:
    found = [(path, node.start_mark.line + 1)]
    if depth > 100:
        raise ValueError("nested too deeply")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name: str | int = int(key.value) if key.tag.endswith(":int") else key.value
            if str(name) in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {name} stands twice", problem_mark=key.start_mark)
            seen.add(str(name))
            below = _lines(value, (*path, name), depth + 1)
            # The line of a value is where its key stands.
            found += [((*path, name), key.start_mark.line + 1), *below[1:]]
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found += _lines(value, (*path, index), depth + 1)
    return found
