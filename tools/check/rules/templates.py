"""CloudFormation templates, by cfn-lint with the rules of shared/cfn_lint_rules."""

import fnmatch
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.check.rules.findings import Finding, Repository
from tools.check.shortened import shortened
from tools.project.problems import Problem
from tools.project.references import dangling
from tools.project.services import read_template

PROCESSES = 2
_FAULT = re.compile(r"(?::(?P<line>\d+))?: (?P<what>there is no .*? (?P<name>\S+) in this template); (?P<todo>.*)$")
SHARED = "shared/templates/*.yaml"
PIPELINES = ("pipeline/service.yaml", "pipeline/environment.yaml", "pipeline/roles/*.yaml")
TEMPLATES = ("*/template.yaml", SHARED, "*/templates/*.yaml", *PIPELINES)


def check_templates(repository: Repository) -> Iterator[Finding]:
    files = [file for file in repository.named(*TEMPLATES) if "/tests/" not in file]
    if not repository.is_complete:
        # Every service may use the nested templates.
        files += fnmatch.filter(repository.files, SHARED)
    missing = {file: missing_names(repository.root, file) for file in files}
    for faults in missing.values():
        yield from faults.values()
    shares = [files[start::PROCESSES] for start in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        for findings in pool.map(lambda share: cfn_lint(repository.root, share), shares):
            yield from (each for each in findings if not any(f"'{name}'" in each.what for name in missing[each.file]))


def missing_names(root: Path, file: str) -> dict[str, Finding]:
    """Names that the template uses and does not define, with one finding each. cfn-lint checks only some of them, and
    lists all names that there are."""
    path = root / file
    try:
        faults = dangling(path, read_template(path))
    except (Problem, AttributeError, KeyError, TypeError):
        return {}  # cfn-lint reports a file that is no template
    found = {}
    for text in faults:
        if fault := _FAULT.search(text):
            found[fault["name"]] = Finding(file, int(fault["line"] or 1), fault["what"], fault["todo"])
    return found


def cfn_lint(root: Path, files: list[str]) -> list[Finding]:
    """Run cfn-lint over some files of a checkout."""
    if not files:
        return []
    command = Path(sys.executable).parent / "cfn-lint"
    if not command.exists():
        return [Finding(".cfnlintrc", 1, "cfn-lint is not installed", "python3 tools/setup.py dev")]
    done = subprocess.run(
        [command, "--format", "json", "--", *files], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        matches: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except ValueError:
        matches = []
    # 2, 4, 8 and their sums mean findings; any other code is a failure of cfn-lint.
    if done.returncode and not matches:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [Finding(files[0], 1, f"cfn-lint failed: {reason}", "run it yourself: cfn-lint  " + " ".join(files))]
    return [_finding(match) for match in matches]


def _finding(match: dict[str, Any]) -> Finding:
    message = shortened(str(match["Message"]))
    line = int(match["Location"]["Start"]["LineNumber"])
    return Finding(str(match["Filename"]), line, f"{match['Rule']['Id']} {message}", "")
