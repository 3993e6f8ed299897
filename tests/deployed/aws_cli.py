"""The AWS CLI of the lock, for the pages whose examples use it."""

import re
import shlex
import subprocess
import sys
from functools import cache

from tools import ROOT

COMMAND = ROOT / ".venv-aws-cli" / "bin" / "aws"


def with_aws_cli(script: str) -> str:
    """The script with this AWS CLI as `aws`, whatever the machine has. It is installed at its first use.

    A function of the shell, because the folder of the command has a Python too.
    """
    if not re.search(r"\baws ", script):
        return script
    install()
    return f'aws() {{ {shlex.quote(str(COMMAND))} "$@"; }}\n{script}'


@cache
def install() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "setup.py", "aws-cli"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
