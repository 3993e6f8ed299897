"""The local cloud alone serves a SAM application of another project, deployed with boto3."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local.client import Cloud
from tools.local.home import ROOT, Home
from tools.tests.local.http import call
from tools.tests.local.stacks import eventually

TEMPLATE = (ROOT / "tools" / "local" / "example" / "notes.yaml").read_text()


def run(home: Home, verb: str) -> None:
    environ = {**os.environ, "ECOM_LOCAL_DIR": str(home.folder), "ECOM_PORT": "0", "ECOM_LOCAL_EXTENSION": ""}
    subprocess.run([sys.executable, "-m", "tools.local", verb], cwd=ROOT, env=environ, check=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud without this platform's extension, started by its command."""
    home = Home(tmp_path_factory.mktemp("plain") / ".local")
    try:
        run(home, "start")
        yield Cloud(home)
    finally:
        run(home, "down")


def test_the_example_is_deployed_and_works(plain: Cloud) -> None:
    cloudformation = plain.client("cloudformation")
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cloudformation.create_stack(StackName="notes", TemplateBody=TEMPLATE, Capabilities=capabilities)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="notes", WaiterConfig={"Delay": 1})
    (output,) = cloudformation.describe_stacks(StackName="notes")["Stacks"][0]["Outputs"]
    url = f"{plain.endpoint}/_aws/execute-api/{output['OutputValue']}/prod/notes"

    added = call(url, "POST", json.dumps({"text": "buy milk"}).encode())
    assert added.status == 202, added.body
    assert eventually(lambda: call(url, "GET").json or None, "the note is stored") == ["buy milk"]

    cloudformation.delete_stack(StackName="notes")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="notes", WaiterConfig={"Delay": 1})
    assert plain.client("lambda").list_functions()["Functions"] == []


def test_nothing_of_this_platform_is_there(plain: Cloud) -> None:
    assert "ECOM_ENVIRONMENT" not in plain.environment
    assert call(f"{plain.endpoint}/_local/events", "GET").status != 200
    assert [bus["Name"] for bus in plain.client("events").list_event_buses()["EventBuses"]] == ["default"]


def test_a_project_without_pyproject_has_no_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.local import extension

    monkeypatch.delenv(extension.VARIABLE, raising=False)
    assert extension.module_name(tmp_path) == ""
    (tmp_path / "pyproject.toml").write_text('[tool.local-cloud]\nextension = "their.module"\n')
    assert extension.module_name(tmp_path) == "their.module"
