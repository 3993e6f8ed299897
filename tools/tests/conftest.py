"""A checkout for tests to change: the real Makefile and tools, with two small services instead of the real ones."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.local.client import Cloud, start_temporary
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.services import Service, discover

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
LOCAL = Environment("local", "local", "us-east-1", {"LogRetentionDays": "7"})


@dataclass(frozen=True)
class Checkout:
    root: Path

    def make(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run make like a user without AWS credentials and local cloud."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ECOM_", "MAKE"))}
        plain = {**kept, "HOME": str(self.root), "AWS_EC2_METADATA_DISABLED": "true", **environ}
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.root,
            env=plain,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "checkout"
    for name in ("Makefile", "environments.yaml", "pyproject.toml", "requirements.lock"):
        root.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    ignored = shutil.ignore_patterns("__pycache__", "tests")
    for name in ("tools", "shared/make", "shared/src/ecom", "shared/schemas"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for fixture in FIXTURES.iterdir():
        shutil.copytree(fixture, root / fixture.name, ignore=ignored)
    (root / ".venv").symlink_to(ROOT / ".venv")
    # All tests share the downloaded wheels.
    (ROOT / "build" / "wheels").mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir()
    (root / "build" / "wheels").symlink_to(ROOT / "build" / "wheels")
    return Checkout(root)


@pytest.fixture
def services(tmp_path: Path) -> dict[str, Service]:
    """Copies of alpha and beta, which a test may change."""
    for fixture in FIXTURES.iterdir():
        shutil.copytree(fixture, tmp_path / fixture.name, ignore=shutil.ignore_patterns("__pycache__"))
    return discover(tmp_path)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with start_temporary(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture
def target(cloud: Cloud) -> Target:
    return Target(LOCAL, cloud.session(), cloud.endpoint)


@pytest.fixture
def edit() -> Callable[[Service, str, str], Service]:
    """Change a service's template; return the changed service."""

    def change(service: Service, old: str, new: str) -> Service:
        text = service.template_path.read_text()
        assert old in text
        service.template_path.write_text(text.replace(old, new))
        return Service(service.folder, service.metadata)

    return change
