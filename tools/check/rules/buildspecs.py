"""Buildspecs: CodeBuild ignores a key that it does not know, so a misspelt phase would never run."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tools.check.rules.findings import Finding, Repository
from tools.project.documents import line_of, read_yaml
from tools.project.problems import Problem

FOLDER = "buildspecs"
SCHEMA = Path(__file__).parent / "buildspec.schema.json"


def check_buildspecs(repository: Repository) -> Iterator[Finding]:
    for file in repository.named(f"*/{FOLDER}/*.yaml"):
        path = repository.root / file
        try:
            document = read_yaml(path)
        except Problem as problem:
            yield Finding(file, 1, str(problem), "")
            continue
        for error in sorted(_validator().iter_errors(document), key=lambda each: [str(key) for key in each.path]):
            place = [str(key) for key in error.absolute_path]
            yield Finding(file, line_of(path, *place), f"{'.'.join(place) or 'the buildspec'}: {error.message}", "")


@functools.cache
def _validator() -> Any:
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
