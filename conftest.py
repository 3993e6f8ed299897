"""Loaded before any test."""

import platform
from pathlib import Path

import tools  # noqa: F401 - puts the source folders of the checkout on the path

# pytest gives the tests in our folder `platform/` module names that begin with `platform`, the name of a module of the
# standard library. It would replace that module by an empty package unless the module looks like a package already.
setattr(platform, "__path__", [str(Path(__file__).parent / "platform")])  # noqa: B010 - mypy knows no such attribute

pytest_plugins = ["ecom_testkit.plugin"]
