"""Loaded before any test.

Our folder `platform/` has the name of a module of the standard library. pytest names test modules by their path, and
would put a package `platform` in that module's place, unless the module looks like a package that holds the folder.

A service's package is found wherever there is a service: nothing has to be told of a new one.
"""

import platform
import sys
from pathlib import Path

sys.path[:0] = [str(folder) for folder in sorted(Path(__file__).parent.glob("*/src"))]
setattr(platform, "__path__", [str(Path(__file__).parent / "platform")])  # noqa: B010 - a module has no such field

pytest_plugins = ["ecom_testkit.plugin"]
