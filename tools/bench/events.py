"""10,000 events to three consumers, one failing one time in ten, and a kill in the middle: counts, seconds."""

import os
import subprocess
import sys

from tools import ROOT

TEST = "tools/tests/local/delivery/test_cloud_load.py"


def main() -> int:
    environment = {**os.environ, "ECOM_LOAD_EVENTS": "10000"}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", TEST]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
