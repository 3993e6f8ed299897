"""Writing a planned service: all of it or nothing."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.events.generate import write as write_generated
from tools.project.documents import ROOT
from tools.project.problems import Problem
from tools.scaffold.plan import Plan
from tools.scaffold.render import render

FILES = Path(__file__).parent / "files"
_MYPY_PATH = re.compile(r'^(mypy_path = ")([^"]*)(")$', re.MULTILINE)


def files(plan: Plan) -> Iterator[tuple[Path, str]]:
    """(path in the service's folder, text), of the sets of files that the plan is made of."""
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
    """Write the service, and what the checkout has to know of it; answer the changed paths."""
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
        return [folder.relative_to(root), project.relative_to(root), *write_generated(root)]
    except BaseException:
        shutil.rmtree(folder)
        project.write_text(before, encoding="utf-8")
        raise


def _with_source(project: str, source: str) -> str:
    """mypy knows no pattern for where sources are: each service is named, in the order of the alphabet."""
    found = _MYPY_PATH.search(project)
    if not found:
        raise Problem("pyproject.toml: there is no line `mypy_path = ...` to add the service to")
    places = found[2].split(":")
    fixed, services = places[:2], [place for place in places[2:] if not place.endswith(f"/{source}")]
    together = ":".join([*fixed, *sorted([*services, f"$MYPY_CONFIG_FILE_DIR/{source}"])])
    return project[: found.start(2)] + together + project[found.end(2) :]


def _tidy(folder: Path, root: Path) -> None:
    """The order of imports and the breaks of lines depend on the names: ruff knows."""
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", str(root / "pyproject.toml"), "--no-cache", "-q", str(folder)]
    # Read from where it will be, so that ruff knows the service's own package from others.
    own = ["--config", f'src = ["{root}/shared/src", "{folder}/src", "{root}"]']
    for command in (["check", "--select", "I", "--fix", *own, *settings], ["format", *settings]):
        done = subprocess.run([*ruff, *command], cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"the new service could not be formatted: {' '.join((done.stderr or done.stdout).split())}")
