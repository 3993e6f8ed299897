"""`sam validate --lint` of templates. The SAM CLI has its own virtual environment, `.venv-sam`."""

import os
import re
import subprocess
from pathlib import Path

from tools import ROOT
from tools.check.shortened import shortened
from tools.project.documents import relative
from tools.project.problems import Problem
from tools.project.services import Service

SAM = ROOT / ".venv-sam" / "bin" / "sam"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def validate(template: Path) -> None:
    """Raise a Problem with the CLI's findings unless it accepts the template."""
    environ = {
        **os.environ,
        "SAM_CLI_TELEMETRY": "0",
        # The CLI's configuration stays in the checkout instead of the user's home folder.
        "__SAM_CLI_APP_DIR": str(ROOT / ".venv-sam" / "home"),
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "eu-west-1"),
    }
    done = subprocess.run(
        [SAM, "validate", "--lint", "--template-file", template],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = _COLOUR.sub("", done.stdout + done.stderr).strip().splitlines()
        findings = "\n".join(f"  {shortened(line)}" for line in lines if line.strip())
        raise Problem(f"{relative(template)}: `sam validate --lint` does not accept the template:\n{findings}")


def validate_service(service: Service) -> None:
    validate(service.template_path)
