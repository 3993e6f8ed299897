"""The virtual environment of a checkout: who makes it while others wait."""

import fcntl
import os
from pathlib import Path

import pytest

from tools import setup


def is_locked(place: Path) -> bool:
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.setattr(setup, "ROOT", root)
    return root


def test_targets_of_a_checkout_wait_for_each_other(checkout: Path) -> None:
    with setup.one_at_a_time(".venv"):
        assert is_locked(checkout)
    assert not is_locked(checkout)


def test_checkouts_that_link_to_the_same_environment_wait_for_each_other(checkout: Path, tmp_path: Path) -> None:
    """Builds of a pipeline beside each other, whose `.venv` is a link to the cache."""
    shared = tmp_path / "cache"
    shared.mkdir()
    (checkout / ".venv").symlink_to(shared)
    with setup.one_at_a_time(".venv"):
        assert is_locked(shared)
    assert not is_locked(shared)


def test_a_link_to_nothing_is_no_obstacle(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".venv").symlink_to(tmp_path / "gone")
    with setup.one_at_a_time(".venv"):
        assert is_locked(checkout)
