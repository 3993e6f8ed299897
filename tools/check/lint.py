"""`make lint`: style, types, templates, schemas and contracts, of one service or of the whole checkout."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools import ROOT
from tools.check.sam_validate import validate
from tools.project.problems import Problem
from tools.project.services import Service, check_references, deploy_order, discover

PYTHON = sys.executable


def lint(chosen: Sequence[Service], whole: bool = False) -> str:
    """Print the findings, and raise a Problem that names the checks with findings."""
    services = discover()
    deploy_order(services)
    names = [service.name for service in chosen]
    paths = ["."] if whole else names
    with ThreadPoolExecutor(2) as pool:
        running = {
            "ruff": pool.submit(_run, [PYTHON, "-m", "ruff", "check", "-q", *paths]),
            "formatting": pool.submit(_run, [PYTHON, "-m", "ruff", "format", "-q", "--check", *paths]),
            "types": pool.submit(_types, typed(chosen, whole)),
            "rules": pool.submit(_run, [PYTHON, "-m", "tools.check.rules", *([] if whole else names)]),
            "parameters": pool.submit(_references, chosen, services),
        }
        validated = pool.submit(validate, [service.template_path for service in chosen])
        outputs = {name: future.result() for name, future in running.items()}
    bad = {name: output for name, output in outputs.items() if output is not None}
    not_accepted = validated.result()
    for service in chosen:
        if service.template_path not in not_accepted:
            continue
        bad[f"template of {service.name}"] = not_accepted[service.template_path]
        # `sam validate` repeats, at length, what the rules say of the template.
        if f"  {service.name}/template.yaml:" in bad.get("rules", ""):
            bad[f"template of {service.name}"] = (
                f"{service.name}/template.yaml: `sam validate --lint` does not accept the template either; "
                "first correct what the rules say"
            )
    for output in bad.values():
        print(output.rstrip(), flush=True)
    if bad:
        raise Problem(f"lint failed: {', '.join(bad)}; see above")
    return "lint is clean"


def typed(chosen: Sequence[Service], whole: bool) -> list[list[str]]:
    """The folders of each run of mypy.

    A folder with a dash in its name is no package: mypy knows its modules by their last name only. It has its own run,
    so that its `test_template` is not mixed up with another service's.
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
    """Run mypy once after another: the runs share a cache."""
    outputs = [_run([PYTHON, "-m", "mypy", *folders]) for folders in runs]
    return "".join(output for output in outputs if output) or None


def _run(command: list[str]) -> str | None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        if line.startswith("lint: note: "):
            print(line, flush=True)
    return None if done.returncode == 0 else done.stdout + done.stderr or f"{command} failed without output"


def _references(chosen: Sequence[Service], services: dict[str, Service]) -> str | None:
    return "\n".join(check_references(chosen, services)) or None
