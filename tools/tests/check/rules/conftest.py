"""A small valid repository, in which each test breaks one thing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.check.rules.findings import Repository

Files = dict[str, str | dict[str, Any]]
MakeRepository = Callable[..., Repository]

PROJECT = '[dependency-groups]\nservice = ["aws-lambda-powertools==3.37.0", "fastjsonschema>=2.21"]\n'
SERVICES = {name: f"name: {name}\ndescription: A service\n" for name in ("orders", "users")}


def write(root: Path, files: Files) -> Repository:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return Repository.at(root)


@pytest.fixture
def make(tmp_path: Path) -> MakeRepository:
    """Write files, given by path, beside two services and a pyproject.toml; return the repository."""

    def repository(files: Files) -> Repository:
        services: Files = {f"{name}/metadata.yaml": text for name, text in SERVICES.items()}
        return write(tmp_path, {"pyproject.toml": PROJECT, **services, **files})

    return repository
