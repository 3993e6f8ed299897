"""What CloudFormation gets, by cfn-lint: SAM's resources, included documents, and no null anywhere.

A template whose transformed content cfn-lint accepted once is not checked again.
"""

import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tools.check.rules.aws.transformed import REGION, Template, of_service
from tools.check.rules.findings import Finding, Repository
from tools.deploy.package import null_places
from tools.project.problems import Problem

# W2001, W7001: the packager and SAM resolve parameters and mappings that then seem unused. W3002: local files.
# E90: our own rules check the template as it is written.
IGNORED = ("W2001", "W7001", "W3002", "E90")
ACCEPTED = Path("build") / "lint" / "packaged"


def check_packaged(repository: Repository) -> Iterator[Finding]:
    templates: list[Template] = []
    for service in services(repository):
        try:
            templates += of_service(repository.root, service)
        except Problem as problem:
            yield Finding(f"{service}/template.yaml", 1, f"cannot be packaged: {problem}", "")
    for template in templates:
        for place in null_places(template.body):
            yield Finding(template.file, 1, f"{place} is null after SAM's transform", "CloudFormation refuses nulls")
    yield from by_cfn_lint(repository.root, templates)


def services(repository: Repository) -> list[str]:
    """The chosen services that have a template."""
    return [name for name in repository.chosen if f"{name}/template.yaml" in repository.files]


def by_cfn_lint(root: Path, templates: Sequence[Template]) -> Iterator[Finding]:
    texts = {json.dumps(template.body, indent=1): template.file for template in templates}
    new = {text: file for text, file in texts.items() if not (root / ACCEPTED / _key(text)).exists()}
    if not new:
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for number, text in enumerate(new):
            path = Path(folder) / f"{number}.json"
            path.write_text(text, encoding="utf-8")
            paths[str(path)] = new[text]
        findings = list(_run(paths, folder))
    yield from dict.fromkeys(findings)  # with and without gradual deployments the same
    refused = {finding.file for finding in findings}
    for text, file in new.items():
        if file not in refused:
            mark = root / ACCEPTED / _key(text)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def _run(paths: dict[str, str], folder: str) -> Iterator[Finding]:
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        *("--format", "json", "--regions", REGION, "--ignore-checks", *IGNORED, "--", *paths),
    ]
    # In the temporary folder, so that .cfnlintrc is not read.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    try:
        matches: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except ValueError:
        matches = []
    if done.returncode and not matches:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield from (Finding(file, 1, f"cfn-lint failed: {reason}", "") for file in paths.values())
    for match in matches:
        place = ".".join(map(str, match["Location"].get("Path") or ()))
        message = " ".join(str(match["Message"]).split())
        what = f"packaged and transformed, {place or 'the template'}: {match['Rule']['Id']} {message}"
        yield Finding(paths[str(match["Filename"])], 1, what, "")


def _key(text: str) -> str:
    version = importlib.metadata.version("cfn-lint")
    return hashlib.sha256(f"{version} {REGION} {IGNORED} {text}".encode()).hexdigest()
