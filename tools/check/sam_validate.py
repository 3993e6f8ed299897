"""`sam validate --lint` of templates. The SAM CLI has its own virtual environment, `.venv-sam`."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from tools.check.shortened import shortened
from tools.project.documents import relative
from tools.project.problems import Problem

PYTHON = ROOT / ".venv-sam" / "bin" / "python"
PROCESS = Path(__file__).with_name("sam_process.py")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def validate(templates: Sequence[Path]) -> dict[Path, str]:
    """The templates that the CLI does not accept, with its findings. Raises a Problem when the CLI itself fails."""
    if not PYTHON.exists():
        raise Problem("the SAM CLI is not installed: python3 tools/setup.py sam")
    done = subprocess.run([PYTHON, PROCESS, *templates], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"`sam validate --lint` failed:\n{done.stderr.strip()}")
    found = json.loads(done.stdout)
    return {template: _readable(template, found[str(template)]) for template in templates if found[str(template)]}


def _readable(template: Path, printed: str) -> str:
    lines = _COLOUR.sub("", printed).strip().splitlines()
    findings = "\n".join(f"  {shortened(line)}" for line in lines if line.strip())
    return f"{relative(template)}: `sam validate --lint` does not accept the template:\n{findings}"
