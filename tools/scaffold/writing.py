"""Writing a planned service: completely or not at all."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.events.generate import write as write_generated
from tools.pipeline.registration import register
from tools.project.problems import Problem
from tools.scaffold.plan import Plan
from tools.scaffold.render import render

FILES = Path(__file__).parent / "files"
_MYPY_PATH = re.compile(r"^mypy_path = \[\n(.*?)^\]$", re.MULTILINE | re.DOTALL)


def files(plan: Plan) -> Iterator[tuple[Path, str]]:
    """The path in the service's folder and the text of each file of the plan."""
    for name in plan.sets:
        for source in sorted((FILES / name).rglob("*.tmpl")):
            path, text = source.relative_to(FILES / name).with_suffix(""), source.read_text(encoding="utf-8")
            match path.parts:
                case ["events", *_]:
                    for event in plan.publishes:
                        named = path.with_name(path.name.replace("event", event.name, 1))
                        yield named, render(text, {**plan.values(), "event": event})
                case ["src", *rest]:
                    yield Path("src", plan.package, *rest), render(text, plan.values())
                case _:
                    named = path.with_name(path.name.replace("test_service", f"test_{plan.package}"))
                    yield named, render(text, plan.values())


def write(plan: Plan, root: Path = ROOT) -> list[Path]:
    """Write the service, add it to pyproject.toml, the pipelines and the generated files. Return the changed paths."""
    folder = root / plan.name
    project = root / "pyproject.toml"
    before = project.read_text(encoding="utf-8")
    typed = _with_source(before, f"{plan.name}/src")
    with tempfile.TemporaryDirectory(dir=root, prefix=".new-service-") as scratch:
        fresh = Path(scratch) / plan.name
        for path, text in files(plan):
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_text(text, encoding="utf-8")
        _tidy(fresh, root)
        fresh.rename(folder)
    try:
        project.write_text(typed, encoding="utf-8")
        generated = [*write_generated(root), *register([plan.name], root)]
        return [folder.relative_to(root), project.relative_to(root), *generated]
    except BaseException:
        shutil.rmtree(folder)
        project.write_text(before, encoding="utf-8")
        raise


def _with_source(project: str, source: str) -> str:
    """pyproject.toml with the source folder in `mypy_path`: after the two shared folders, in alphabetical order."""
    found = _MYPY_PATH.search(project)
    if not found:
        raise Problem("pyproject.toml: there is no list `mypy_path = [...]` to add the service to")
    lines = found[1].splitlines(keepends=True)
    services = sorted({*lines[2:], f'    "$MYPY_CONFIG_FILE_DIR/{source}",\n'})
    return project[: found.start(1)] + "".join([*lines[:2], *services]) + project[found.end(1) :]


def without_source(project: str, source: str) -> str:
    """pyproject.toml without the source folder in `mypy_path`."""
    return project.replace(f'    "$MYPY_CONFIG_FILE_DIR/{source}",\n', "")


def _tidy(folder: Path, root: Path) -> None:
    """Sort the imports and format the code: both depend on the names of the service."""
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", str(root / "pyproject.toml"), "--no-cache", "-q", str(folder)]
    # ruff must see the package of the service as first-party.
    own = ["--config", f'src = ["{root}/shared/src", "{folder}/src", "{root}"]']
    for command in (["check", "--select", "I", "--fix", *own, *settings], ["format", *settings]):
        done = subprocess.run([*ruff, *command], cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"the new service could not be formatted: {' '.join((done.stderr or done.stdout).split())}")
