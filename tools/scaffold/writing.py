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
from tools.scaffold.listings import TEMPLATE, added
from tools.scaffold.plan import Plan
from tools.scaffold.render import render

FILES = Path(__file__).parent / "files"
FRONTEND = TEMPLATE.parent.name


_INCLUDE = re.compile(r"^%% include (\S+)\n", re.MULTILINE)


def read(path: Path) -> str:
    """The text of a file in `files/`, with the parts that it includes."""
    return _INCLUDE.sub(lambda found: read(FILES / "parts" / f"{found[1]}.tmpl"), path.read_text(encoding="utf-8"))


def files(plan: Plan) -> Iterator[tuple[Path, str]]:
    """The path in the service's folder and the text of each file of the plan."""
    for name in plan.sets:
        for source in sorted((FILES / name).rglob("*.tmpl")):
            path, text = source.relative_to(FILES / name).with_suffix(""), read(source)
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
    """Write the service, add it to the lists, the pipelines and the generated files. Return the changed paths."""
    folder = root / plan.name
    texts = added(plan, root)
    with tempfile.TemporaryDirectory(dir=root, prefix=".new-service-") as scratch:
        fresh = Path(scratch) / plan.name
        for path, text in files(plan):
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_text(text, encoding="utf-8")
        _tidy(fresh, root)
        fresh.rename(folder)
    try:
        changed = [folder.relative_to(root), *texts.write()]
        also = [FRONTEND] if plan.fields else []
        return [*dict.fromkeys([*changed, *write_generated(root), *register([plan.name, *also], root)])]
    except BaseException:
        shutil.rmtree(folder)
        texts.undo()
        raise


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
