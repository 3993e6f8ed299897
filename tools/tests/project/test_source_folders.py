"""Where Python, mypy and pytest find the packages of the checkout (ADR 0017)."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tools import ROOT, source_folders
from tools.tests.conftest import Checkout

PRINT_ORIGIN = "import tools, {package}; print({package}.__file__)"


def origin(checkout: Checkout, package: str) -> Path:
    """The file that an import of the package finds when a tool runs in the checkout."""
    command = [sys.executable, "-c", PRINT_ORIGIN.format(package=package)]
    done = subprocess.run(command, cwd=checkout.root, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def test_a_copied_checkout_imports_its_own_packages(checkout: Checkout) -> None:
    """Its `.venv` is a symlink to the environment of another checkout."""
    assert origin(checkout, "ecom") == checkout.root / "shared" / "src" / "ecom" / "__init__.py"
    assert origin(checkout, "alpha_service").is_relative_to(checkout.root / "alpha")


def test_a_new_service_is_found_at_once(checkout: Checkout) -> None:
    checkout.write("gamma/src/gamma_service/__init__.py", "")
    assert origin(checkout, "gamma_service").is_relative_to(checkout.root / "gamma")


def test_mypy_and_python_search_the_same_folders() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["mypy_path"]
    folders = [entry.replace("$MYPY_CONFIG_FILE_DIR", str(ROOT)) for entry in listed]
    assert sorted(folders) == sorted([str(ROOT), *source_folders(ROOT)])
