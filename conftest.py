"""Loaded before any test."""

import platform
from pathlib import Path

import pytest

import tools  # noqa: F401 - puts the source folders of the checkout on the path

# pytest gives the tests in our folder `platform/` module names that begin with `platform`, the name of a module of the
# standard library. It would replace that module by an empty package unless the module looks like a package already.
setattr(platform, "__path__", [str(Path(__file__).parent / "platform")])  # noqa: B010 - mypy knows no such attribute

pytest_plugins = ["ecom_testkit.plugin", "ecom_testkit.clean_up", "ecom_testkit.in_pipelines", "tools.check.progress"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start files that take minutes first: no worker is left with one at the end while the others are idle."""
    items.sort(key=lambda item: item.get_closest_marker("starts_first") is None)
