"""`make lint`: style, types, templates, schemas and contracts, of one service or of the whole checkout."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.check.sam_validate import validate_service
from tools.project.documents import ROOT
from tools.project.problems import Problem
from tools.project.references import dangling
from tools.project.services import Service, check_references, discover, generations

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
            "types": pool.submit(_types, typed(chosen, whole)),
            "rules": pool.submit(_run, [PYTHON, "-m", "tools.check.rules", *([] if whole else names)]),
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


def typed(chosen: Sequence[Service], whole: bool) -> list[list[str]]:
    """The folders of each run of mypy.

    A folder with a dash is no package, so its modules are known by their last name alone: it has a run of its own, or
    its `test_template` would be taken for another service's.
    """
    folders = {
        service.name: [
            f"{service.name}/{name}" for name in ("src", "tests") if any((service.folder / name).rglob("*.py"))
        ]
        for service in chosen
    }
    together = [folder for name, found in folders.items() if "-" not in name for folder in found]
    if whole:
        together += ["tools", "shared", *(["tests"] if (ROOT / "tests").is_dir() else [])]
    runs = [together, *(found for name, found in folders.items() if "-" in name)]
    return [run for run in runs if run]


def _types(runs: Sequence[Sequence[str]]) -> str | None:
    """One after the other: they share a cache."""
    said = [_run([PYTHON, "-m", "mypy", *folders]) for folders in runs]
    return "".join(each for each in said if each) or None


def _run(command: list[str]) -> str | None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        if line.startswith("lint: note: "):
            print(line, flush=True)
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
