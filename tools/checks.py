"""`make lint`: style, types, templates, schemas and contracts, of one service or of the whole checkout."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.documents import ROOT
from tools.problems import Problem
from tools.references import dangling
from tools.services import Service, check_references, discover, generations
from tools.validate import validate_service

PYTHON = sys.executable


def lint(chosen: Sequence[Service], whole: bool = False) -> str:
    """Raise a Problem that names the checks with findings; the findings are printed first."""
    services = discover()
    generations(services)
    names = [service.name for service in chosen]
    paths = ["."] if whole else names
    with ThreadPoolExecutor(2) as pool:
        running = {
            "ruff": pool.submit(_run, [PYTHON, "-m", "ruff", "check", "-q", *paths]),
            "formatting": pool.submit(_run, [PYTHON, "-m", "ruff", "format", "-q", "--check", *paths]),
            "types": pool.submit(_run, [PYTHON, "-m", "mypy", *typed(chosen, whole)]),
            "rules": pool.submit(_run, [PYTHON, "-m", "tools.lint", *([] if whole else names)]),
            "names and parameters": pool.submit(_references, chosen, services),
            **{f"template of {service.name}": pool.submit(_validate, service) for service in chosen},
        }
        findings = {name: future.result() for name, future in running.items()}
    bad = {name: said for name, said in findings.items() if said is not None}
    for said in bad.values():
        print(said.rstrip(), flush=True)
    if bad:
        raise Problem(f"lint: {', '.join(bad)}: see above")
    return "lint is clean"


def typed(chosen: Sequence[Service], whole: bool) -> list[str]:
    if whole:
        shared = ["tools", "shared", *(["tests"] if (ROOT / "tests").is_dir() else [])]
        return [*shared, *(folder for service in chosen for folder in typed([service], whole=False))]
    folders = [f"{service.name}/{name}" for service in chosen for name in ("src", "tests")]
    return [folder for folder in folders if any((ROOT / folder).rglob("*.py"))] or ["tools/problems.py"]


def _run(command: list[str]) -> str | None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stdout + done.stderr or f"{command} failed without a word"


def _references(chosen: Sequence[Service], services: dict[str, Service]) -> str | None:
    names = [fault for service in chosen for fault in dangling(service.template_path, service.template)]
    return "\n".join([*check_references(chosen, services), *names]) or None


def _validate(service: Service) -> str | None:
    try:
        validate_service(service)
    except Problem as problem:
        return str(problem)
    return None
