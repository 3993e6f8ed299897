"""Runs in `.venv-sam`: `sam validate --lint` of one template after another, in one process. The SAM CLI takes four
times as long to start as to validate a template.

`sam_process.py TEMPLATE...` writes a JSON object of templates and findings to standard output; a template that the CLI
accepts has none. It imports nothing of this checkout, whose packages are not installed there.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

# The CLI's configuration stays in the checkout instead of the user's home folder, and nothing is sent.
os.environ["SAM_CLI_TELEMETRY"] = "0"
os.environ["__SAM_CLI_APP_DIR"] = str(Path(sys.prefix) / "home")
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samcli.cli.main import cli  # it reads the variables above


def findings(template: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            cli(["validate", "--lint", "--template-file", template])
        except SystemExit as end:  # as each command of the library Click ends
            if not end.code:
                return ""
    return printed.getvalue()


if __name__ == "__main__":
    print(json.dumps({template: findings(template) for template in sys.argv[1:]}))
