"""The lock belongs to this pyproject.toml and pins every package by hash."""

import re

from tools.project.lock import stamp, wanted_groups
from tools.setup import LAYERS, LOCK, sections


def test_the_lock_is_of_this_pyproject() -> None:
    """Run `make lock` when this fails."""
    assert stamp(wanted_groups()) in LOCK.read_text()


def test_every_group_is_locked_with_hashes() -> None:
    found = sections(LOCK.read_text())
    assert set(found) == {*wanted_groups()}
    assert {group for _, groups in LAYERS.values() for group in groups} < set(found)
    for group, text in found.items():
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins, group
        assert all(re.match(r"[a-z0-9._-]+==\S+ ", pin) for pin in pins), group
        assert text.count("--hash=sha256:") >= len(pins), group
