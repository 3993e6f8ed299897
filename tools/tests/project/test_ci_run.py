"""`.ci/run` installs Chromium and Debian's venv where they are missing. It runs `make test` in any case, and ends with
its exit code."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import ROOT

NEEDED = ("bash", "dirname", "timeout")


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def add(folder: Path, name: str, exit_code: int = 0, then: str = "") -> None:
    """A command that writes its name, its arguments and PYTHON into the log."""
    command = folder / name
    lines = [
        f"#!{folder}/bash",
        f'echo "{name} $*${{PYTHON:+ by $PYTHON}}" >> "{folder}/log"',
        then,
        f"exit {exit_code}",
    ]
    command.write_text("\n".join(lines))
    command.chmod(0o755)


def run(folder: Path) -> tuple[int, list[str], str]:
    """The exit code, the commands that ran, and what was printed as an error. The Python of Debian is `debian-python`
    of the folder, if there is one."""
    environ = {"PATH": str(folder), "DEBIAN_PYTHON": str(folder / "debian-python")}
    done = subprocess.run([ROOT / ".ci" / "run"], env=environ, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, (folder / "log").read_text().splitlines(), done.stderr


@pytest.mark.parametrize("browser", ["chromium", "chromium-browser", "google-chrome"])
def test_an_installed_browser_is_used(commands: Path, browser: str) -> None:
    for name in (browser, "apt-get", "make"):
        add(commands, name)
    assert run(commands) == (0, ["make test"], "")


def test_a_missing_browser_is_installed(commands: Path) -> None:
    for name in ("apt-get", "make"):
        add(commands, name)
    code, ran, errors = run(commands)
    assert [line.split()[:2] for line in ran] == [["apt-get", "update"], ["apt-get", "install"], ["make", "test"]]
    assert "chromium" in ran[1].split()
    assert (code, errors) == (0, "")


def test_without_a_browser_the_tests_run(commands: Path) -> None:
    """The installation fails: no root, no network."""
    add(commands, "apt-get", exit_code=100)
    add(commands, "make")
    code, ran, errors = run(commands)
    assert (code, ran[-1]) == (0, "make test")
    assert "chromium cannot be installed" in errors


def test_without_apt_get_the_tests_run(commands: Path) -> None:
    add(commands, "make")
    assert run(commands)[:2] == (0, ["make test"])


def test_the_python_of_debian_is_used(commands: Path) -> None:
    for name in ("chromium", "apt-get", "make", "debian-python"):
        add(commands, name)
    code, (asked, tests), errors = run(commands)
    assert (code, tests, errors) == (0, f"make test by {commands}/debian-python", "")
    assert "ensurepip" in asked


def test_a_missing_venv_of_debian_is_installed(commands: Path) -> None:
    add(commands, "chromium")
    add(commands, "make")
    add(commands, "debian-python", then=f'[ -e "{commands}/installed" ] || exit 1')
    add(commands, "apt-get", then=f'[ "$1" != install ] || : > "{commands}/installed"')
    code, ran, _ = run(commands)
    assert (code, ran[-1]) == (0, f"make test by {commands}/debian-python")
    assert [line.split()[-1] for line in ran if line.startswith("apt-get install")] == ["python3-venv"]


def test_without_venv_of_debian_the_python_of_the_path_is_used(commands: Path) -> None:
    add(commands, "chromium")
    add(commands, "make")
    for name in ("debian-python", "apt-get"):
        add(commands, name, exit_code=1)
    code, ran, _ = run(commands)
    assert (code, ran[-1]) == (0, "make test")


def test_failing_tests_fail(commands: Path) -> None:
    add(commands, "chromium")
    add(commands, "make", exit_code=2)
    assert run(commands)[0] == 2
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
