"""Loaded before any test.

Our folder `platform/` has the name of a module of the standard library. pytest names test modules by their path, and
would put a package `platform` in that module's place, unless the module looks like a package that holds the folder.
"""

import platform
from pathlib import Path

setattr(platform, "__path__", [str(Path(__file__).parent / "platform")])  # noqa: B010 - a module has no such field

pytest_plugins = ["ecom_testkit.plugin"]
