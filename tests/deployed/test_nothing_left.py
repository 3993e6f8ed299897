"""`--nothing-left`: what tests report is removed, and a run that leaves something fails and names the test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecom_client.made import new_id
from ecom_client.platform import Platform

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it reads the state of the whole platform")]

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from ecom_client.made import made

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it reads the state of the whole platform")]


def test_one(platform_outside):
    made("{reported}")
    put(platform_outside, "{reported}")


def test_two(platform_outside):
    put(platform_outside, "{other}")


def put(platform, product_id):
    product = {{"productId": {{"S": product_id}}, "name": {{"S": "Left"}}, "price": {{"N": "1"}}}}
    table = platform.parameter("products/table/name")
    if product_id:
        platform.client("dynamodb").put_item(TableName=table, Item=product)
"""


def run(folder: Path, reported: str, other: str) -> subprocess.CompletedProcess[str]:
    """Run two tests in a session of their own."""
    file = folder / "test_session.py"
    file.write_text(TESTS.format(reported=reported, other=other))
    plugins = ["-p", "ecom_testkit.plugin", "-p", "ecom_testkit.clean_up", "-p", "no:cacheprovider"]
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rN",  # with CI set, pytest's summary repeats each message in full
        "--nothing-left",
        "--alarm-seconds=0",  # those of earlier tests of this session may be on
        "-c",
        ROOT / "pyproject.toml",
        *plugins,
        file,
    ]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'shared' / 'src'}{os.pathsep}{ROOT}"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


def products(platform: Platform) -> set[str]:
    pages = platform.client("dynamodb").get_paginator("scan")
    table = platform.parameter("products/table/name")
    return {item["productId"]["S"] for page in pages.paginate(TableName=table) for item in page["Items"]}


def left(done: subprocess.CompletedProcess[str], platform: Platform, product_id: str) -> list[str]:
    """The lines about the product's row. Others are about rows that events make: of this product in tables of other
    services, or of earlier tests of this session."""
    row = f"- row {platform.parameter('products/table/name')}: {product_id} "
    return [line for line in done.stdout.splitlines() if line.startswith(row)]


def test_what_tests_report_is_removed(platform_outside: Platform, tmp_path: Path) -> None:
    product_id = new_id()
    done = run(tmp_path, product_id, "")
    assert "2 passed" in done.stdout
    assert left(done, platform_outside, product_id) == []
    assert product_id not in products(platform_outside)


def test_what_a_test_leaves_is_an_error_that_names_it(platform_outside: Platform, tmp_path: Path) -> None:
    product_id = new_id()
    done = run(tmp_path, new_id(), product_id)
    assert done.returncode == 1, done.stdout
    (line,) = left(done, platform_outside, product_id)
    assert f"{product_id} is new, by " in line
    assert line.endswith("::test_two")
