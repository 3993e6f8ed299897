"""The examples of docs/getting_started.md run, with the described results."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.explore import demo_data
from tools.local.client import Cloud
from tools.local.home import Home

pytestmark = pytest.mark.deployed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "getting_started.md").read_text()


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def seeded() -> None:
    demo_data.seed(Cloud(Home.from_environment()))


def run(script: str, *command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "shared" / "src")}
    script = script.replace(".venv/bin/python", sys.executable)
    return subprocess.run(
        [*command, script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


SHELL = [example for example in examples("sh") if "tools." in example]


def test_the_page_has_examples() -> None:
    assert len(SHELL) >= 4
    assert len(examples("python")) == 2


@pytest.mark.parametrize("script", SHELL, ids=range(len(SHELL)))
def test_a_shell_example(script: str) -> None:
    done = run(script, "bash", "-c")
    if "--as shopper" in script and "deleteProduct" in script:
        assert '"Unauthorized"' in done.stdout
    else:
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip()


def test_the_program_of_a_storefront_orders_subscribes_and_cancels() -> None:
    done = run(examples("python")[0], sys.executable, "-c")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "NEW"
    assert lines[-1] == "live: {'status': 'CANCELLED', 'paymentStatus': 'VOIDED'}"


def test_the_program_of_a_service_calls_another_service() -> None:
    done = run(examples("python")[1], sys.executable, "-c")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("200 product 'demo-lamp' differs in package, price"), done.stdout


def test_the_status_shows_what_a_storefront_needs() -> None:
    done = run("status", sys.executable, "-m", "tools.local_platform")
    assert done.returncode == 0, done.stderr
    wanted = json.loads(run("json", sys.executable, "-m", "tools.explore.storefront_config", "--format").stdout)
    assert {"apiUrl", "apiKey", "userPoolId", "storefrontClientId", "paymentUrl"} <= set(wanted)
    for value in wanted.values():
        assert f" {value}\n" in done.stdout
