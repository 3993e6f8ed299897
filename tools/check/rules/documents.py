"""YAML and JSON files with the line of everything in them. A file that does not parse is a finding."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from tools.check.rules.findings import Finding, Repository
from tools.project.documents import TemplateLoader
from tools.project.language_extensions import expanded
from tools.project.problems import Problem

Path = tuple[str | int, ...]
DEEPEST = 100


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


def read(repository: Repository, file: str) -> Document | Finding:
    text = repository.text(file)
    try:
        data = json.loads(text) if file.endswith(".json") else None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        return Finding(file, line, f"is not JSON: {getattr(error, 'msg', error)}", "correct the syntax")
    try:
        lines, parsed = _parse(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if file.endswith(".json") and not isinstance(error, yaml.constructor.ConstructorError):
            return Document(file, data, {})  # for example JSON with tabs: it is valid, but its lines are unknown
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return Finding(file, mark.line + 1 if mark else 1, f"is not valid: {problem}", "correct the line")
    return Document(file, data if file.endswith(".json") else parsed, lines)


def read_template(repository: Repository, service: str) -> Document | None:
    """The template of a service with its loops expanded. None when it is missing or cannot be read: another check
    reports it."""
    file = f"{service}/template.yaml"
    document = read(repository, file) if file in repository.files else None
    if not isinstance(document, Document) or not isinstance(document.data, dict):
        return None
    try:
        return Document(file, expanded(document.data), document.lines)
    except Problem:
        return None


def _parse(text: str) -> tuple[dict[Path, int], Any]:
    loader = TemplateLoader(text)
    try:
        node = loader.get_single_node()
        return (dict(_lines(node, ())), loader.construct_document(node)) if node else ({}, None)
    finally:
        loader.dispose()


def _lines(node: yaml.Node, path: Path) -> list[tuple[Path, int]]:
    if len(path) > DEEPEST:
        raise ValueError("nested too deeply")
    found = [(path, node.start_mark.line + 1)]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            is_number = key.tag.endswith(":int") and key.value.isdigit()
            name: str | int = int(key.value) if is_number else str(key.value)
            # The line of a value is the line of its key.
            found += [((*path, name), key.start_mark.line + 1), *_lines(value, (*path, name))[1:]]
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found += _lines(value, (*path, index))
    return found
