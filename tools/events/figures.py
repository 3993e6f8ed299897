"""The figures in README.md. `generate` counts what is cheap to count; `count-tests` collects the tests, which takes a
minute, so the number of tests is not checked."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sized
from pathlib import Path

from tools import ROOT
from tools.project.problems import Problem
from tools.project.services import Service

README = Path("README.md")
BEGIN = "<!-- begin: figures, from `python -m tools.events generate` and `python -m tools.events count-tests` -->"
END = "<!-- end: figures -->"
_BLOCK = re.compile(rf"{re.escape(BEGIN)}\n(.*?){re.escape(END)}", re.DOTALL)
_TESTS = re.compile(r"^\| tests \| ([\d,]+) \|", re.MULTILINE)
_COLLECTED = re.compile(r"^(\d+) tests collected", re.MULTILINE)


def text(
    readme: str, services: Mapping[str, Service], events: Sized, decisions: Sized, tests: int | None = None
) -> str:
    """The README with its figures counted; with the number of tests that it has, unless `tests` is given."""
    block = _BLOCK.search(readme)
    if block is None:
        raise Problem(f"{README}: the lines `{BEGIN}` and `{END}` are missing; add them around the figures")
    if tests is None:
        known = _TESTS.search(block[1])
        tests = int(known[1].replace(",", "")) if known else 0
    figures = {
        "services": len(services),
        "Lambda functions": sum(map(_functions, services.values())),
        "events": len(events),
        "decisions ([docs/adr](docs/adr/README.md))": len(decisions),
        "tests": tests,
    }
    rows = "".join(f"| {name} | {count:,} |\n" for name, count in figures.items())
    return _BLOCK.sub(lambda _: f"{BEGIN}\n| what | count |\n|---|---|\n{rows}{END}", readme)


def _functions(service: Service) -> int:
    return sum(each["Type"] == "AWS::Serverless::Function" for each in service.template["Resources"].values())


def collected_tests(root: Path = ROOT) -> int:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found = _COLLECTED.search(done.stdout)
    if found is None:
        raise Problem(f"pytest cannot collect the tests: {done.stdout[-500:]}{done.stderr[-500:]}")
    return int(found[1])
