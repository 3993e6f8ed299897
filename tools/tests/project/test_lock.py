"""The lock belongs to this pyproject.toml and pins every package by hash."""

import re

from tools.project.lock import layered, stamp, wanted_groups
from tools.project.services import discover
from tools.setup import LAYERS, LOCK, groups_of, own_group, sections


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


def test_a_service_may_have_packages_of_its_own() -> None:
    """They are resolved with the others, and tests import them; `make run` installs none of them."""
    groups = {"dev": ["a"], "run": ["b"], "service": ["c"], "service-pictures": ["d"], "scan": ["e"]}
    assert layered(groups) == ["service", "service-pictures", "run", "dev"]
    lock = dict.fromkeys(groups, "")
    assert groups_of("dev", lock) == ["service", "run", "dev", "service-pictures"]
    assert groups_of("run", lock) == ["service", "run"]


def test_groups_of_single_services_are_of_services_that_exist() -> None:
    own = {group for group in wanted_groups() if group.startswith(own_group(""))}
    assert own <= {own_group(name) for name in discover()}
