"""checkov's findings about templates. It runs in a process of its own, whose packages are in `.venv-scan`.

What it found in a template is kept in `build/lint/scan`, so only new content is scanned again.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.check.rules.aws.transformed import Template
from tools.project.problems import Problem

ENVIRONMENT = ROOT / ".venv-scan"
PROCESS = Path(__file__).with_name("checkov_process.py")
FOUND = Path("build") / "lint" / "scan"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What checkov says of one resource."""

    file: str
    resource: str
    rule: str
    what: str
    properties: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.file}:{self.resource}"


def scan(root: Path, templates: Sequence[Template]) -> list[Finding]:
    """Every finding, sorted. Raises a Problem when checkov fails or cannot read one of the templates."""
    folder = root / FOUND
    version = _version()
    keys = {json.dumps(each.body, indent=1): each.file for each in templates}
    paths = {text: folder / f"{_hash(version, text)}.json" for text in keys}
    missing = [text for text, path in paths.items() if not path.exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        for text, found in _run(missing, [keys[text] for text in missing]).items():
            _write(paths[text], json.dumps(found))
    findings = {
        Finding(file, each["resource"], each["rule"], each["what"], tuple(each["properties"]))
        for text, file in keys.items()
        for each in json.loads(paths[text].read_text())
    }
    return sorted(findings)


def _run(texts: Sequence[str], files: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Text of each template -> its findings."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = {str(folder / f"{number}.json"): text for number, text in enumerate(texts)}
        for path, text in paths.items():
            Path(path).write_text(text, encoding="utf-8")
        result = folder / "result"
        # The scanner finds no credentials and no settings of the user.
        environ = {"PATH": os.environ.get("PATH", ""), "HOME": name}
        done = subprocess.run(
            [ENVIRONMENT / "bin" / "python", "-I", PROCESS, result, *paths],
            cwd=folder, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode or not result.exists():
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Problem(f"checkov failed: {reason}")
        made = json.loads(result.read_text(encoding="utf-8"))
    unread = [file for path, file in zip(paths, files, strict=True) if path not in made["read"]]
    if unread:
        raise Problem(f"checkov could not read {', '.join(unread)}")
    found: dict[str, list[dict[str, Any]]] = {text: [] for text in texts}
    for each in made["findings"]:
        found[paths[each.pop("template")]].append(each)
    return found


def _version() -> str:
    stamp = ENVIRONMENT / "stamp-scan"
    if not stamp.exists():
        raise Problem("checkov is not installed; `make scan` does it, or `python3 tools/setup.py scan`")
    return stamp.read_text() + PROCESS.read_text(encoding="utf-8")


def _hash(version: str, text: str) -> str:
    return hashlib.sha256(f"{version} {text}".encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, also when two scans run."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)
